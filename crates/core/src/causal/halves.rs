use alloc::boxed::Box;

use rejoin_clocks::{CausalContext, ReplicaId};

use super::Causal;
use crate::DotStore;
use crate::store::Journal;

/// The writes of which one half has arrived: what they wrote, or what they replaced. (Those that
/// are known to be gone are in [`foretold`](Causal::foretold).)
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Halves<S> {
    /// What they wrote, kept out of the store: beside what it replaces it would be read as
    /// something that never was.
    pub(super) early: S,
    /// The dots of `early`.
    pub(super) arrived: CausalContext,
    /// Those of which it is known what they replaced, and what they wrote is missing.
    pub(super) awaited: CausalContext,
}

static NONE: CausalContext = CausalContext::new();

impl<S> Causal<S> {
    /// Whether all writes that are known have arrived with both halves: what they wrote, and what
    /// they replaced.
    ///
    /// If not, parts of a larger value have come and others have not, or a write was replaced by a
    /// later one that has come before it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.halves.is_none() && self.foretold.is_empty()
    }

    /// The dots of writes that have arrived before what they replaced is known.
    pub(super) fn arrived(&self) -> &CausalContext {
        self.halves.as_ref().map_or(&NONE, |halves| &halves.arrived)
    }

    /// The dots of writes of which it is known what they replaced, before they have arrived.
    pub(super) fn awaited(&self) -> &CausalContext {
        self.halves.as_ref().map_or(&NONE, |halves| &halves.awaited)
    }

    /// The dots of writes of which it is known what they replaced.
    pub(super) fn known(&self) -> CausalContext {
        let mut known = self.seen();
        known.join(self.awaited());
        known
    }

    /// The highest sequence number of a replica that is known in any way.
    pub(super) fn latest(&self, replica: ReplicaId) -> u64 {
        let sets = [&self.context, self.arrived(), self.awaited()];
        sets.map(|dots| dots.max(replica)).into_iter().fold(0, u64::max)
    }

    /// The same with these halves.
    pub(super) fn with_halves(
        mut self,
        early: S,
        arrived: CausalContext,
        awaited: CausalContext,
    ) -> Self {
        self.set_halves(Halves { early, arrived, awaited });
        self
    }

    fn set_halves(&mut self, halves: Halves<S>) {
        let is_any = !(halves.arrived.is_empty() && halves.awaited.is_empty());
        self.halves = is_any.then(|| Box::new(halves));
    }
}

impl<S: DotStore> Causal<S> {
    /// Joins, where one side has halves.
    ///
    /// A write's own half is *missing*, *here* or *gone*, and the other one known or not; each is
    /// the higher of both sides. A piece moves into the store when both halves are there.
    pub(super) fn merge_halves(&mut self, mut other: Self) -> bool {
        let theirs = other.halves.take().map_or_else(Halves::default, |halves| *halves);
        let mut mine = self.halves.take().map_or_else(Halves::default, |halves| *halves);
        let mut changed = self.merge_whole(other);
        changed |= self.hear(&mut mine.awaited, &theirs.awaited);
        changed |= self.take_early(&mut mine, theirs.early, theirs.arrived);
        self.unite(&mut mine);
        self.set_halves(mine);
        changed
    }

    /// Learns of writes what they replaced. Those that are gone are seen by that.
    fn hear(&mut self, mine: &mut CausalContext, theirs: &CausalContext) -> bool {
        let mut changed = false;
        if !self.foretold.is_empty() {
            for awaited in [&*mine, theirs] {
                if !self.foretold.is_disjoint(awaited) {
                    self.foretold = self.foretold.difference(awaited);
                    changed = true;
                }
            }
        }
        if !mine.is_disjoint(&self.context) {
            *mine = mine.difference(&self.context);
            changed = true;
        }
        changed | mine.join(&theirs.difference(&self.context))
    }

    /// Adds what came early elsewhere, and drops what is not early any more.
    fn take_early(&mut self, mine: &mut Halves<S>, early: S, arrived: CausalContext) -> bool {
        let mut changed = false;
        if !mine.arrived.is_disjoint(&self.context) {
            let known = mine.arrived.intersection(&self.context);
            let journal = self.journal();
            mine.early.join(&mine.arrived, S::default(), &known, journal);
            mine.arrived = mine.arrived.difference(&known);
            changed = true;
        }
        if arrived.is_empty() {
            return changed;
        }
        let (early, arrived) = if arrived.is_disjoint(&self.context) {
            (early, arrived)
        } else {
            let arrived = arrived.difference(&self.context);
            (early.within(&arrived), arrived)
        };
        if mine.arrived.is_empty() {
            (mine.early, mine.arrived) = (early, arrived);
            return changed | !mine.arrived.is_empty();
        }
        let journal = self.journal();
        mine.early.join(&mine.arrived, early, &arrived, journal);
        changed | mine.arrived.join(&arrived)
    }

    /// Moves into the store what has both halves.
    fn unite(&mut self, halves: &mut Halves<S>) {
        if halves.arrived.is_disjoint(&halves.awaited) {
            return;
        }
        let whole = halves.arrived.intersection(&halves.awaited);
        let pieces = if whole == halves.arrived {
            core::mem::take(&mut halves.early)
        } else {
            let pieces = halves.early.within(&whole);
            let journal = self.journal();
            halves.early.join(&halves.arrived, S::default(), &whole, journal);
            pieces
        };
        halves.arrived = halves.arrived.difference(&whole);
        halves.awaited = halves.awaited.difference(&whole);
        if self.store.is_bottom() {
            self.store = pieces;
        } else {
            let journal = &mut self.scratch.get_or_insert_default().journal;
            journal.reset();
            self.store.join(&self.context, pieces, &whole, journal);
        }
        self.context.join(&whole);
    }

    /// What a merge with `other` takes out of the halves of both and into the store, with its dots.
    pub(crate) fn united(&self, other: &Self) -> Option<(S, CausalContext)> {
        if self.halves.is_none() && other.halves.is_none() {
            return None;
        }
        let join = |a: &CausalContext, b: &CausalContext| {
            let mut a = a.clone();
            a.join(b);
            a
        };
        let arrived = join(self.arrived(), other.arrived());
        let awaited = join(self.awaited(), other.awaited());
        let whole = arrived.intersection(&awaited).difference(&join(&self.context, &other.context));
        if whole.is_empty() {
            return None;
        }
        let mut pieces = S::default();
        let mut have = CausalContext::new();
        for halves in [&self.halves, &other.halves].into_iter().flatten() {
            let news = whole.intersection(&halves.arrived);
            pieces.join(&have, halves.early.within(&news), &news, &mut Journal::new());
            have.join(&news);
        }
        Some((pieces, whole))
    }

    fn journal(&mut self) -> &mut Journal {
        let journal = &mut self.scratch.get_or_insert_default().journal;
        journal.reset();
        journal
    }
}
