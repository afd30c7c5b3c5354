use alloc::boxed::Box;
use alloc::vec::Vec;

use rejoin_clocks::CausalContext;

use crate::store::Journal;
use crate::{Causal, Crdt, DotStore};

/// Tells what a merge changes, as readers of the value see it.
///
/// ```
/// use rejoin_core::{Causal, DotMap, DotSet, Edit, EntryChange, ReplicaId, Watch};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<DotMap<&str, DotSet>>::default();
/// here.edit(alice, |tags| tags.entry("red").write());
/// let mut there = here.clone();
/// there.edit(bob, |tags| tags.remove("red"));
/// there.edit(bob, |tags| tags.entry("blue").write());
///
/// let mut changes = Vec::new();
/// here.merge_watched(there, &mut |change| changes.push(change));
/// assert_eq!(changes, [EntryChange::Added("blue"), EntryChange::Removed("red")]);
/// ```
///
/// A merge that nobody watches does not pay for it: the changes are worked out beforehand, from
/// what the other side brings and removes. That takes O(k log n) time for k pieces, and a look at
/// every dot of a map's value that loses pieces and gains none. What has changed inside and reads
/// as before is not a change.
pub trait Watch: Crdt {
    /// One visible change.
    type Change;

    /// Calls `visit` with every visible change that merging `other` would make. Those of one
    /// container come in ascending order of keys.
    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change));

    /// Merges, and calls `visit` with every visible change. Returns whether anything changed,
    /// visibly or not, as [`merge`](Crdt::merge).
    fn merge_watched(&mut self, other: Self, visit: &mut dyn FnMut(Self::Change)) -> bool {
        self.changes(&other, visit);
        self.merge(other)
    }
}

/// [`Watch`] for dot stores, whose context is kept outside.
pub trait WatchStore: DotStore {
    /// One visible change.
    type Change;

    /// Calls `visit` with every visible change that joining `other` would make; the contexts are
    /// those of [`DotStore::join`].
    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(Self::Change),
    );
}

impl<S: WatchStore> Watch for Causal<S> {
    type Change = S::Change;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(S::Change)) {
        let Some((pieces, dots)) = self.united(other) else {
            return self.store().changes(self.context(), other.store(), other.context(), visit);
        };
        let mut store = other.store().within(other.context());
        store.join(other.context(), pieces, &dots, &mut Journal::new());
        let mut context = other.context().clone();
        context.join(&dots);
        self.store().changes(self.context(), &store, &context, visit);
    }
}

/// A value that reads differently now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueChange<T> {
    /// What it was.
    pub before: T,
    /// What it is.
    pub after: T,
}

impl<T: PartialEq> ValueChange<T> {
    /// The change from one value to another, if they differ.
    pub fn between(before: T, after: T) -> Option<Self> {
        (before != after).then_some(Self { before, after })
    }
}

/// An element of a set or an entry of a map that came, went, or has another value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EntryChange<K, C = core::convert::Infallible> {
    /// The key is present now, and was not before.
    Added(K),
    /// The key was present before, and is not any more.
    Removed(K),
    /// The key was and is present, and its value has changed.
    Updated(K, Box<[C]>),
}

impl<K, C> EntryChange<K, C> {
    /// What has changed under `key`: whether it was and is present, and the changes of its value.
    pub fn of(key: K, was: bool, is: bool, changes: Vec<C>) -> Option<Self> {
        match (was, is) {
            (false, true) => Some(Self::Added(key)),
            (true, false) => Some(Self::Removed(key)),
            (true, true) if !changes.is_empty() => Some(Self::Updated(key, changes.into())),
            _ => None,
        }
    }

    /// The key.
    pub fn key(&self) -> &K {
        match self {
            Self::Added(key) | Self::Removed(key) | Self::Updated(key, _) => key,
        }
    }
}

/// `store` as it would be after a join. Clones both, for stores that are small.
pub fn joined<S: DotStore + Clone>(
    store: &S,
    own: &CausalContext,
    other: &S,
    theirs: &CausalContext,
) -> S {
    let mut joined = store.clone();
    joined.join(own, other.clone(), theirs, &mut Journal::new());
    joined
}

/// Whether anything in `store` is live after a join. Linear in the dots of both, without copies.
pub(crate) fn survives<S: DotStore>(
    store: &S,
    own: &CausalContext,
    other: &S,
    theirs: &CausalContext,
) -> bool {
    let (mut survives, mut shared) = (false, CausalContext::new());
    other.dots(&mut |dot| {
        if own.contains(dot) {
            shared.insert(dot);
        } else {
            survives = true;
        }
    });
    if !survives {
        store.dots(&mut |dot| survives |= !theirs.contains(dot) || shared.contains(dot));
    }
    survives
}
