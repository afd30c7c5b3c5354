use alloc::collections::BTreeMap;
use core::fmt;

use rejoin_core::store::{Journal, Writer};
use rejoin_core::{CausalContext, Dot, DotStore, ValueChange, WatchStore};

/// A counter that can be reset, and removed from maps, exactly.
///
/// | concurrently | result |
/// |---|---|
/// | add ‖ add | both count |
/// | reset ‖ add n | the reset takes exactly what it had seen; n, and only n, stays |
/// | reset ‖ reset | what either had seen is gone |
///
/// ```
/// use rejoin_counters::{Causal, Crdt, Edit, ReplicaId, ResetCounter};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<ResetCounter>::default();
/// here.edit(alice, |unread| unread.add(10));
/// let mut there = here.clone();
///
/// here.edit(alice, |unread| unread.add(1));
/// there.edit(bob, |unread| unread.reset());
/// here.merge(there);
/// assert_eq!(here.value(), 1);
/// ```
///
/// Every edit's sum is kept under the dot of the edit until it is reset: folding it into one total
/// for each replica would make a concurrent reset miss what was folded, which is how the counter
/// embedded naively counts too much. So it takes space for every edit since the last reset. A
/// counter that is never reset is better a [`PnCounter`](crate::PnCounter).
///
/// In a map its key is present while any addition is live, also where they sum up to 0.
///
/// The value is O(1), an edit O(log n), a reset O(n log n) for the n edits that it takes, and
/// merging k edits or resets of them O(k log n).
///
/// The methods that edit it are those of [`ResetCounterCursor`].
///
/// Source: the semantics of Weidner, Almeida, *An oblivious observed-reset embeddable replicated
/// counter* (PaPoC 2022); the form is that of Almeida, Shoker, Baquero, *Delta State Replicated
/// Data Types* (2018), section 7.1, a dot function.
#[derive(Clone, Default)]
pub struct ResetCounter {
    /// What each live edit has added; never 0.
    edits: BTreeMap<Dot, i64>,
    /// The sum of all: it cannot overflow, with fewer than 2⁶⁴ edits.
    value: i128,
}

impl ResetCounter {
    /// The sum of what was added and not reset. Computes in O(1) time.
    #[must_use]
    pub fn value(&self) -> i128 {
        self.value
    }

    /// The live edits, in ascending order of their dots, and what each has added.
    pub fn edits(&self) -> impl ExactSizeIterator<Item = (Dot, i64)> + '_ {
        self.edits.iter().map(|(dot, by)| (*dot, *by))
    }

    fn from_edits(edits: impl Iterator<Item = (Dot, i64)>) -> Self {
        let edits: BTreeMap<Dot, i64> = edits.collect();
        let value = edits.values().copied().map(i128::from).sum();
        Self { edits, value }
    }

    fn insert(&mut self, dot: Dot, by: i64) {
        let before = self.edits.insert(dot, by).unwrap_or(0);
        self.value += i128::from(by) - i128::from(before);
    }

    fn remove(&mut self, dot: Dot) -> Option<i64> {
        let by = self.edits.remove(&dot)?;
        self.value -= i128::from(by);
        Some(by)
    }

    /// The live edits whose dots `dots` contains.
    ///
    /// Walks the runs of the context or the edits here, whichever are fewer.
    fn hits<'a>(&'a self, dots: &'a CausalContext) -> impl Iterator<Item = (Dot, i64)> + 'a {
        let is_wide = dots.runs().nth(self.edits.len()).is_some();
        let edits = is_wide.then(|| self.edits.range(..)).into_iter().flatten();
        let edits = edits.filter(|(dot, _)| dots.contains(**dot));
        let ends = |(replica, run): (_, core::ops::RangeInclusive<u64>)| {
            Some((Dot::new(replica, *run.start())?, Dot::new(replica, *run.end())?))
        };
        let runs = (!is_wide).then(|| dots.runs().filter_map(ends)).into_iter().flatten();
        let runs = runs.flat_map(|(first, last)| self.edits.range(first..=last));
        edits.chain(runs).map(|(dot, by)| (*dot, *by))
    }

    /// The live dots that `context` contains and `other` has not.
    fn gone(&self, context: &CausalContext, other: &Self) -> alloc::vec::Vec<Dot> {
        let hits = self.hits(context).map(|(dot, _)| dot);
        hits.filter(|dot| !other.edits.contains_key(dot)).collect()
    }
}

impl DotStore for ResetCounter {
    type Cursor<'a> = ResetCounterCursor<'a>;

    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> ResetCounterCursor<'a> {
        ResetCounterCursor { value: self, writer }
    }

    fn is_bottom(&self) -> bool {
        self.edits.is_empty()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        self.edits.keys().next().copied()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.edits.keys().copied().for_each(visit);
    }

    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let gone = self.gone(theirs, &other);
        let mut changed = !gone.is_empty();
        for dot in gone {
            self.remove(dot);
            journal.removed(dot);
        }
        for (dot, by) in other.edits {
            if !own.contains(dot) {
                self.insert(dot, by);
                journal.added(dot);
                changed = true;
            }
        }
        changed
    }

    fn within(&self, dots: &CausalContext) -> Self {
        Self::from_edits(self.hits(dots))
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        for (dot, by) in self.edits() {
            visit(dot, Self::from_edits(core::iter::once((dot, by))));
        }
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        let edits = core::mem::take(&mut self.edits);
        self.edits = edits.into_iter().map(|(dot, by)| (label(dot), by)).collect();
    }
}

impl WatchStore for ResetCounter {
    type Change = ValueChange<i128>;

    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(Self::Change),
    ) {
        let gone: i128 =
            self.gone(theirs, other).iter().map(|dot| i128::from(self.edits[dot])).sum();
        let fresh = other.edits().filter(|(dot, _)| !own.contains(*dot));
        let fresh: i128 = fresh.map(|(_, by)| i128::from(by)).sum();
        ValueChange::between(self.value, self.value - gone + fresh).into_iter().for_each(visit);
    }
}

impl PartialEq for ResetCounter {
    fn eq(&self, other: &Self) -> bool {
        self.edits == other.edits
    }
}

impl Eq for ResetCounter {}

impl core::hash::Hash for ResetCounter {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.edits.hash(state);
    }
}

impl fmt::Debug for ResetCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResetCounter").field(&self.value).finish()
    }
}

/// Edits a [`ResetCounter`].
#[derive(Debug)]
pub struct ResetCounterCursor<'a> {
    value: &'a mut ResetCounter,
    writer: Writer<'a, ResetCounter>,
}

impl ResetCounterCursor<'_> {
    /// Adds `by`, which may be negative, and returns the value. Adding 0 writes nothing.
    ///
    /// Additions in one edit are kept as one sum, as far as an `i64` goes. Computes in O(log n)
    /// time.
    pub fn add(&mut self, by: i64) -> i128 {
        if by != 0 {
            let (before, sum) = self.own_sum(by);
            if let Some(dot) = before {
                self.value.remove(dot);
                self.writer.supersede(dot); // of this edit, so there is nothing to put back
            }
            if sum == 0 {
                self.writer.mint_removal();
            } else {
                let dot = self.writer.mint();
                self.value.insert(dot, sum);
            }
        }
        self.value.value
    }

    /// Takes away all that was added so far, as far as it was seen, and returns how much that was.
    /// Computes in O(n log n) time.
    pub fn reset(&mut self) -> i128 {
        let sum = self.value.value;
        if !self.value.edits.is_empty() {
            let edits = core::mem::take(self.value).edits;
            for (dot, by) in edits {
                self.writer.supersede(dot);
                self.writer.removed().insert(dot, by);
            }
            self.writer.mint_removal();
        }
        sum
    }

    /// The sum of what was added and not reset.
    #[must_use]
    pub fn value(&self) -> i128 {
        self.value.value
    }

    /// What this same edit has added before, if `by` can be added to it, and the sum.
    ///
    /// Nobody has seen that yet, so that replacing it can make no reset miss anything.
    fn own_sum(&self, by: i64) -> (Option<Dot>, i64) {
        let own = Dot::new(self.writer.replica(), u64::MAX);
        let last = own.and_then(|own| self.value.edits.range(..=own).next_back());
        let fresh = last.filter(|(dot, _)| self.writer.is_fresh(**dot));
        match fresh.and_then(|(dot, before)| Some((*dot, before.checked_add(by)?))) {
            Some((dot, sum)) => (Some(dot), sum),
            None => (None, by),
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use alloc::vec::Vec;

    use rejoin_core::wire::{self, Announced};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{Dot, ResetCounter};

    /// The dots of the live edits with what each has added, in ascending order of dots.
    impl Serialize for ResetCounter {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            wire::serialize_store(self.edits.iter().map(|(dot, by)| (*dot, by)), serializer)
        }
    }

    impl<'de> Deserialize<'de> for ResetCounter {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            wire::deserialize_announced(deserializer)
        }
    }

    impl<'de> Announced<'de> for ResetCounter {
        const NAME: &'static str = "rejoin::ResetCounter";

        fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut edits: Vec<(Dot, i64)> = Vec::new();
            wire::deserialize_store(deserializer, |dot, by| edits.push((dot, by)))?;
            if edits.iter().any(|(_, by)| *by == 0) {
                return Err(de::Error::custom("an edit that adds 0"));
            }
            Ok(Self::from_edits(edits.into_iter()))
        }
    }
}
