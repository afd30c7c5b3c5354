use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use crate::{Crdt, Decompose, Diff, DotStore, Edit, Journal, Writer};

/// A dot store together with the causal context of all dots it has seen: a [`Crdt`] in which
/// things can be removed, without tombstones.
///
/// A dot in the context and not live in the store was removed or overwritten; a dot not in the
/// context has not been seen yet. So `merge` keeps a piece that the other side lacks exactly when
/// the other side has never seen it.
///
/// `Causal<S>` derefs to `S` for reading, and is edited through [`Edit::edit`]:
///
/// ```
/// use rejoin_core::{Causal, Crdt, Diff, DotMap, DotSet, Edit, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<DotMap<&str, DotSet>>::default();
/// here.edit(alice, |tags| tags.entry("red").write());
/// let mut there = here.clone();
///
/// // Concurrently: one side removes what it has seen, the other writes anew.
/// here.edit(alice, |tags| tags.remove("red"));
/// there.edit(bob, |tags| tags.entry("red").write());
///
/// here.merge(there.diff(&here.digest()).expect("something new"));
/// assert!(here.contains_key("red")); // the concurrent write stays
/// ```
///
/// Cost: `merge` of a delta with k pieces into a value of n is O(k log n), for additions and
/// removals alike, where the stores inside keep an index of their dots. Beside the store it takes
/// the context: one run a replica, plus one for each gap.
///
/// Equal contexts mean equal states, for values that are made by edits and by merging whole deltas
/// and differences: a removal mints a dot too.
#[derive(Default)]
pub struct Causal<S> {
    store: S,
    context: CausalContext,
    /// Scratch space of edits and merges; empty in between.
    journal: Journal,
}

impl<S> Causal<S> {
    /// The dots seen so far: live, overwritten and removed ones.
    #[must_use]
    pub fn context(&self) -> &CausalContext {
        &self.context
    }

    /// The store without its context, for reading; the same as dereferencing.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Takes the pair apart.
    #[must_use]
    pub fn into_parts(self) -> (S, CausalContext) {
        (self.store, self.context)
    }
}

impl<S: DotStore> Causal<S> {
    /// Puts a store and a context together.
    ///
    /// # Errors
    ///
    /// When a live dot is not in the context, or lives at two places, which no execution can
    /// produce.
    pub fn from_parts(store: S, context: CausalContext) -> Result<Self, InvalidCausal> {
        let mut live = CausalContext::new();
        let mut error = None;
        store.dots(&mut |dot| {
            if !context.contains(dot) {
                error = Some(InvalidCausal::Unseen(dot));
            } else if !live.insert(dot) {
                error = Some(InvalidCausal::Twice(dot));
            }
        });
        match error {
            Some(error) => Err(error),
            None => Ok(Self::pair(store, context)),
        }
    }

    fn pair(store: S, context: CausalContext) -> Self {
        Self { store, context, journal: Journal::new() }
    }
}

impl<S: DotStore> Crdt for Causal<S> {
    fn merge(&mut self, other: Self) -> bool {
        if other.context.is_empty() {
            return false;
        }
        if self.context.is_empty() {
            *self = other;
            return true;
        }
        self.journal.reset();
        let joined = self.store.join(&self.context, other.store, &other.context, &mut self.journal);
        let grown = self.context.join(&other.context);
        joined || grown
    }
}

impl<S: DotStore> Diff for Causal<S> {
    /// The context: a version vector, as long as deltas arrive without gaps.
    type Digest = CausalContext;

    fn digest(&self) -> CausalContext {
        self.context.clone()
    }

    /// The pieces that the peer has not seen, and every dot of the context but those that are live
    /// here and known there. So the peer learns of removals without tombstones being kept.
    fn diff(&self, peer: &CausalContext) -> Option<Self> {
        if peer.is_superset(&self.context) {
            return None;
        }
        let live = live_dots(&self.store, |dot| peer.contains(dot));
        Some(Self::pair(self.store.unseen(peer), self.context.difference(&live)))
    }
}

impl<S: DotStore> Decompose for Causal<S> {
    /// One part a live dot, and one a removed dot.
    ///
    /// Parts of one removal that travel apart are still joined correctly, but until all have
    /// arrived equal contexts may not mean equal states: ship the parts without a live dot
    /// together.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        self.store.pieces(&mut |dot, store| visit(Self::pair(store, CausalContext::from(dot))));
        let live = live_dots(&self.store, |_| true);
        for (replica, run) in self.context.difference(&live).runs() {
            for dot in run.filter_map(|seq| Dot::new(replica, seq)) {
                visit(Self::pair(S::default(), CausalContext::from(dot)));
            }
        }
    }
}

/// The live dots of `store` that `keep` accepts. Computes in O(n log n) time.
fn live_dots<S: DotStore>(store: &S, keep: impl Fn(Dot) -> bool) -> CausalContext {
    let mut dots = Vec::new();
    store.dots(&mut |dot| {
        if keep(dot) {
            dots.push(dot);
        }
    });
    dots.sort_unstable(); // a context is built fastest in order
    dots.into_iter().collect()
}

impl<S: DotStore> Edit for Causal<S> {
    type Cursor<'a>
        = S::Cursor<'a>
    where
        S: 'a;

    fn cursor<'a>(&'a mut self, delta: &'a mut Self, replica: ReplicaId) -> S::Cursor<'a> {
        self.journal.reset();
        let writer = Writer::new(replica, &mut self.context, &mut delta.context, &mut self.journal);
        self.store.cursor(&mut delta.store, writer)
    }
}

impl<S> Deref for Causal<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

impl<S: Clone> Clone for Causal<S> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), context: self.context.clone(), journal: Journal::new() }
    }
}

impl<S: PartialEq> PartialEq for Causal<S> {
    fn eq(&self, other: &Self) -> bool {
        self.context == other.context && self.store == other.store
    }
}

impl<S: Eq> Eq for Causal<S> {}

impl<S: Hash> Hash for Causal<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.context.hash(state);
        self.store.hash(state);
    }
}

impl<S: fmt::Debug> fmt::Debug for Causal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Causal")
            .field("store", &self.store)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// A store and a context that no execution can have produced together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCausal {
    /// A live dot is not in the context.
    Unseen(Dot),
    /// A dot is live at two places; it names one write.
    Twice(Dot),
}

impl fmt::Display for InvalidCausal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unseen(dot) => write!(f, "live dot {dot} is not in the context"),
            Self::Twice(dot) => write!(f, "dot {dot} is live at two places"),
        }
    }
}

impl core::error::Error for InvalidCausal {}

#[cfg(feature = "serde")]
mod serde_impls {
    use serde::{Deserialize, Deserializer, Serialize, de};

    use super::{Causal, CausalContext, DotStore};

    #[derive(Serialize)]
    #[serde(rename = "Causal")]
    struct Out<'a, S> {
        store: &'a S,
        context: &'a CausalContext,
    }

    #[derive(Deserialize)]
    #[serde(rename = "Causal")]
    struct In<S> {
        store: S,
        context: CausalContext,
    }

    impl<S: Serialize> Serialize for Causal<S> {
        fn serialize<T: serde::Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            Out { store: &self.store, context: &self.context }.serialize(serializer)
        }
    }

    impl<'de, S: DotStore + Deserialize<'de>> Deserialize<'de> for Causal<S> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let In { store, context } = In::deserialize(deserializer)?;
            Self::from_parts(store, context).map_err(de::Error::custom)
        }
    }
}
