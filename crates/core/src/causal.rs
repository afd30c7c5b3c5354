mod edit;
mod fork;
mod live;
mod retire;
#[cfg(test)]
mod tests;
#[cfg(feature = "serde")]
mod wire;

use alloc::boxed::Box;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use rejoin_clocks::{CausalContext, Dot, ReplicaId, Windows};

use self::edit::Scratch;
pub use self::fork::ForkedId;
pub use self::retire::RetireError;
use crate::{Crdt, Decompose, Diff, DotStore};

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
/// # Gaps
///
/// Deltas may arrive with gaps, so a dot can be known to be gone before the write that it names has
/// arrived, and with it what that write in turn replaced. Such a dot is *foretold*: it is in the
/// context, so that its piece is not taken when it comes, but not yet [seen](Causal::seen). A
/// digest claims only what was seen.
///
/// Values that saw the same are equal, if they were made by edits, by merging whole deltas and
/// states, and by merging differences where they were asked for: a removal mints a dot too.
#[derive(Default)]
#[rustfmt::skip] // which would move the comment away from the line that messages show
pub struct Causal<S> { // `S` is a dot store: a lattice, such as a counter, needs no `Causal`
    store: S,
    /// All dots that were seen, and those foretold.
    context: CausalContext,
    /// Dots known to be gone whose own writes have not arrived. Empty without gaps, but for the
    /// deltas of overwrites and removals.
    foretold: CausalContext,
    /// Made by the first edit or merge: deltas, of which there are many, have none. No part of the
    /// value: a clone has none.
    scratch: Option<Box<Scratch<S>>>,
}

impl<S> Causal<S> {
    fn of(store: S, context: CausalContext, foretold: CausalContext) -> Self {
        Self { store, context, foretold, scratch: None }
    }

    /// All dots known: live, overwritten, removed and foretold ones.
    #[must_use]
    pub fn context(&self) -> &CausalContext {
        &self.context
    }

    /// The dots known to be gone before their own writes have arrived.
    #[must_use]
    pub fn foretold(&self) -> &CausalContext {
        &self.foretold
    }

    /// The dots whose writes have arrived: the context without what is foretold. Computes in time
    /// linear in the runs of the context.
    #[must_use]
    pub fn seen(&self) -> CausalContext {
        self.context.difference(&self.foretold)
    }

    /// The store without its context, for reading; the same as dereferencing.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }
}

impl<S: DotStore> Causal<S> {
    /// Puts together a store, the dots that were seen, and those foretold.
    ///
    /// # Errors
    ///
    /// When a live dot was not seen, or lives at two places, or a dot that was seen is foretold,
    /// which no execution can produce.
    pub fn from_parts(
        store: S,
        seen: CausalContext,
        foretold: CausalContext,
    ) -> Result<Self, InvalidCausal> {
        if !seen.is_disjoint(&foretold) {
            return Err(InvalidCausal::Foretold);
        }
        live::check(&store, &seen)?;
        let mut context = seen;
        context.join(&foretold);
        Ok(Self::of(store, context, foretold))
    }

    /// Joins what a peer knows to what is known here, and returns whether anything was new.
    ///
    /// Foretold is then what was foretold on one side and not seen on the other.
    fn join_contexts(&mut self, theirs: &CausalContext, foretold: &CausalContext) -> bool {
        let mut arrived = false;
        if !self.foretold.is_empty() {
            let seen = theirs.difference(foretold);
            arrived = !self.foretold.is_disjoint(&seen);
            if arrived {
                self.foretold = self.foretold.difference(&seen);
            }
        }
        if !foretold.is_empty() {
            // What is in our context is either seen, or foretold here too.
            self.foretold.join(&foretold.difference(&self.context));
        }
        self.context.join(theirs) | arrived
    }
}

impl<S: DotStore> Crdt for Causal<S> {
    fn merge(&mut self, other: Self) -> bool {
        if other.context.is_empty() {
            return false;
        }
        if self.context.is_empty() {
            (self.store, self.context) = (other.store, other.context);
            self.foretold = other.foretold;
            return true;
        }
        let journal = &mut self.scratch.get_or_insert_default().journal;
        journal.reset();
        let joined = self.store.join(&self.context, other.store, &other.context, journal);
        let learnt = self.join_contexts(&other.context, &other.foretold);
        joined || learnt
    }

    fn covers(&self, other: &Self) -> bool {
        let taken = || live_dots(&self.store).intersection(&other.context);
        self.context.is_superset(&other.context)
            && (self.foretold.is_empty() || self.foretold.is_disjoint(&other.seen()))
            && live_dots(&other.store).is_superset(&taken())
    }

    fn is_bottom(&self) -> bool {
        self.context.is_empty()
    }
}

impl<S: DotStore> Diff for Causal<S> {
    /// The dots seen: a version vector, as long as deltas arrive without gaps.
    type Digest = CausalContext;

    fn digest(&self) -> CausalContext {
        self.seen()
    }

    /// The pieces that the peer has not seen, and every dot of the context but those that are live
    /// here and seen there. So the peer learns of removals without tombstones being kept.
    ///
    /// It is for that peer, then or later. Merged by a third replica, which may lack what the peer
    /// had, it takes away what it should, but that replica then seems to have seen as much as
    /// others that still have it.
    fn diff(&self, peer: &CausalContext) -> Option<Self> {
        let is_known = if self.foretold.is_empty() {
            peer.is_superset(&self.context)
        } else {
            peer.is_superset(&self.seen())
        };
        if is_known {
            return None;
        }
        let store = self.store.within(&self.context.difference(peer));
        let live = live_dots(&self.store).intersection(peer);
        Some(Self::of(store, self.context.difference(&live), self.foretold.clone()))
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        ForkedId::unless_known(self.context.max(own), Dot::new(own, other.context.max(own)))
    }
}

impl<S: DotStore> Decompose for Causal<S> {
    /// One part a live dot, one a removed dot, and one a foretold dot.
    ///
    /// Parts of one removal that travel apart are still joined correctly, but until all have
    /// arrived, values that saw the same may differ: ship the parts without a live dot together.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        self.store.pieces(&mut |dot, store| {
            visit(Self::of(store, CausalContext::from(dot), CausalContext::new()));
        });
        let live = live_dots(&self.store);
        for (replica, run) in self.context.difference(&live).runs() {
            for dot in run.filter_map(|seq| Dot::new(replica, seq)) {
                let mut foretold = CausalContext::new();
                if self.foretold.contains(dot) {
                    foretold.insert(dot);
                }
                visit(Self::of(S::default(), CausalContext::from(dot), foretold));
            }
        }
    }

    /// First the runs of removed and foretold dots, as foretold; then one part a live dot; then the
    /// runs of removed dots, as seen.
    fn split(&self, visit: &mut dyn FnMut(Self)) {
        let gone = self.context.difference(&live_dots(&self.store));
        let run = |(replica, run): (_, core::ops::RangeInclusive<u64>)| {
            let mut context = CausalContext::new();
            context.insert_run(replica, run);
            context
        };
        for context in gone.runs().map(run) {
            visit(Self::of(S::default(), context.clone(), context));
        }
        self.store.pieces(&mut |dot, store| {
            visit(Self::of(store, CausalContext::from(dot), CausalContext::new()));
        });
        for context in gone.difference(&self.foretold).runs().map(run) {
            visit(Self::of(S::default(), context, CausalContext::new()));
        }
    }
}

/// The live dots of `store`. Computes in O(n/64) time where they lie in large maps, and O(n log n)
/// otherwise.
fn live_dots<S: DotStore>(store: &S) -> CausalContext {
    let mut windows = Windows::default();
    store.windows(&mut |replica, first, bits| windows.push(replica, first, bits));
    windows.into()
}

impl<S> Deref for Causal<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

/// The clone is the value, without what an edit in progress has recorded.
impl<S: Clone> Clone for Causal<S> {
    fn clone(&self) -> Self {
        Self::of(self.store.clone(), self.context.clone(), self.foretold.clone())
    }
}

impl<S: PartialEq> PartialEq for Causal<S> {
    fn eq(&self, other: &Self) -> bool {
        self.context == other.context
            && self.foretold == other.foretold
            && self.store == other.store
    }
}

impl<S: Eq> Eq for Causal<S> {}

impl<S: Hash> Hash for Causal<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.context.hash(state);
        self.foretold.hash(state);
        self.store.hash(state);
    }
}

impl<S: fmt::Debug> fmt::Debug for Causal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Causal")
            .field("store", &self.store)
            .field("context", &self.context)
            .field("foretold", &self.foretold)
            .finish_non_exhaustive()
    }
}

/// A store and a context that no execution can have produced together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCausal {
    /// A dot was both seen and foretold.
    Foretold,
    /// A live dot was not seen.
    Unseen(Dot),
    /// A dot is live at two places; it names one write.
    Twice(Dot),
}

impl fmt::Display for InvalidCausal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foretold => f.write_str("a dot in seen is also in foretold"),
            Self::Unseen(dot) => write!(f, "live dot {dot} is not in seen"),
            Self::Twice(dot) => write!(f, "dot {dot} is live at two places"),
        }
    }
}

impl core::error::Error for InvalidCausal {}
