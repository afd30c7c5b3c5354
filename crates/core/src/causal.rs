mod diff;
mod edit;
mod fork;
mod halves;
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

use rejoin_clocks::{CausalContext, Dot};

use self::diff::live_dots;
use self::edit::Scratch;
use self::halves::Halves;
pub use self::retire::RetireError;
use crate::{Crdt, DotStore};

/// A dot store together with the causal context of all dots it has seen: a [`Crdt`] in which
/// things can be removed, without tombstones.
///
/// A dot in the context and not live in the store was removed or overwritten; a dot not in the
/// context has not been seen yet. So `merge` keeps a piece that the other side lacks exactly when
/// the other side has never seen it.
///
/// `Causal<S>` derefs to `S` for reading, and is edited through [`Edit::edit`](crate::Edit::edit):
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
/// # Gaps and parts
///
/// A write has two halves, what it wrote and what it replaced, and they may arrive apart:
///
/// * Deltas arrive with gaps, so a dot can be known to be gone before the write that it names has
///   arrived, and with it what that write in turn replaced. Such a dot is *foretold*: it is in the
///   context, so that its piece is not taken when it comes, but not yet [seen](Causal::seen).
/// * Large values arrive in [parts](crate::Decompose). Pieces that come before it is known what
///   they replace are kept aside and not read; if that comes first, the pieces are awaited.
///
/// What is read is a function of the writes whose halves have both arrived, and a digest tells of
/// halves, so any part of any value may be lost, late, repeated, or the only thing that is left of
/// its source. Values that know the same are equal: a removal mints a dot too.
#[derive(Default)]
#[rustfmt::skip] // which would move the comment away from the line that messages show
pub struct Causal<S> { // `S` is a dot store: a lattice, such as a counter, needs no `Causal`
    store: S,
    /// All dots that were seen, and those foretold.
    context: CausalContext,
    /// Dots known to be gone whose own writes have not arrived. Empty without gaps, but for the
    /// deltas of overwrites and removals.
    foretold: CausalContext,
    /// The other writes of which one half has arrived. None, unless parts of a value have.
    halves: Option<Box<Halves<S>>>,
    /// Made by the first edit or merge: deltas, of which there are many, have none. No part of the
    /// value: a clone has none.
    scratch: Option<Box<Scratch<S>>>,
}

impl<S> Causal<S> {
    fn of(store: S, context: CausalContext, foretold: CausalContext) -> Self {
        Self { store, context, foretold, halves: None, scratch: None }
    }

    /// The dots of all writes that are live, or known to be overwritten or removed, foretold ones
    /// among them.
    #[must_use]
    pub fn context(&self) -> &CausalContext {
        &self.context
    }

    /// The dots known to be gone before their own writes have arrived.
    #[must_use]
    pub fn foretold(&self) -> &CausalContext {
        &self.foretold
    }

    /// The dots whose writes have arrived, with both halves: the context without what is foretold.
    /// Computes in time linear in the runs of the context.
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
        if let Some(dot) = live::check(&store, &seen)? {
            return Err(InvalidCausal::Unseen(dot));
        }
        let mut context = seen;
        context.join(&foretold);
        Ok(Self::of(store, context, foretold))
    }

    /// The same with its pieces in another type of store, as when a stored document is read by a
    /// program in which it has one more field. `convert` is called for what is read, and if parts
    /// of a larger value have come, for these.
    ///
    /// # Errors
    ///
    /// When a piece has another dot than before, or is at two places.
    pub fn convert<T: DotStore>(
        self,
        mut convert: impl FnMut(S) -> T,
    ) -> Result<Causal<T>, InvalidCausal> {
        let seen = self.seen();
        let whole = Causal::from_parts(convert(self.store), seen, self.foretold)?;
        let Some(halves) = self.halves else { return Ok(whole) };
        let early = convert(halves.early);
        match live::check(&early, &halves.arrived)? {
            Some(dot) => Err(InvalidCausal::Unseen(dot)),
            None => Ok(whole.with_halves(early, halves.arrived, halves.awaited)),
        }
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

    /// Joins what is not halves.
    fn merge_whole(&mut self, other: Self) -> bool {
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
}

impl<S: DotStore> Crdt for Causal<S> {
    fn merge(&mut self, other: Self) -> bool {
        if self.halves.is_some() || other.halves.is_some() {
            return self.merge_halves(other);
        }
        self.merge_whole(other)
    }

    fn covers(&self, other: &Self) -> bool {
        if self.halves.is_some() || other.halves.is_some() {
            return !self.clone().merge(other.clone());
        }
        let taken = || live_dots(&self.store).intersection(&other.context);
        self.context.is_superset(&other.context)
            && (self.foretold.is_empty() || self.foretold.is_disjoint(&other.seen()))
            && live_dots(&other.store).is_superset(&taken())
    }

    fn is_bottom(&self) -> bool {
        self.context.is_empty() && self.halves.is_none()
    }
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
        let whole = Self::of(self.store.clone(), self.context.clone(), self.foretold.clone());
        Self { halves: self.halves.clone(), ..whole }
    }
}

impl<S: PartialEq> PartialEq for Causal<S> {
    fn eq(&self, other: &Self) -> bool {
        self.context == other.context
            && self.foretold == other.foretold
            && self.halves == other.halves
            && self.store == other.store
    }
}

impl<S: Eq> Eq for Causal<S> {}

impl<S: Hash> Hash for Causal<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.context.hash(state);
        self.foretold.hash(state);
        self.halves.hash(state);
        self.store.hash(state);
    }
}

impl<S: fmt::Debug> fmt::Debug for Causal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut causal = f.debug_struct("Causal");
        causal
            .field("store", &self.store)
            .field("context", &self.context)
            .field("foretold", &self.foretold);
        if let Some(halves) = &self.halves {
            causal.field("early", &halves.early).field("awaited", &halves.awaited);
        }
        causal.finish_non_exhaustive()
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
    /// What a write wrote is there, and it was said to be gone or still missing.
    Contradicted(Dot),
}

impl fmt::Display for InvalidCausal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foretold => f.write_str("a dot in seen is also in foretold"),
            Self::Unseen(dot) => write!(f, "live dot {dot} is not in seen"),
            Self::Twice(dot) => write!(f, "dot {dot} is live at two places"),
            Self::Contradicted(dot) => write!(f, "dot {dot} is there, and said not to be"),
        }
    }
}

impl core::error::Error for InvalidCausal {}
