use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_core::store::{forward, joined};
use rejoin_core::{
    CausalContext, Dot, DotFun, DotMap, DotMapCursor, EntryChange, IntoValue, WatchStore,
};

/// A remove-wins set.
///
/// | concurrently | result |
/// |---|---|
/// | add x ‖ add x | present |
/// | add x ‖ remove x | absent: an addition overrides only the removals that it has seen |
/// | remove x ‖ remove x | absent |
///
/// An element that was removed can be added again.
///
/// ```
/// use rejoin_sets::{Causal, Crdt, Edit, ReplicaId, RwSet};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<RwSet<&str>>::default();
/// here.edit(alice, |admins| admins.insert("zoe"));
/// let mut there = here.clone();
///
/// here.edit(alice, |admins| admins.insert("zoe"));
/// there.edit(bob, |admins| admins.remove("zoe"));
/// here.merge(there);
/// assert!(!here.contains("zoe"));
/// ```
///
/// A removal has to stay to win, so a removed element takes the space of one write until it is
/// added again or [forgotten](RwSetCursor::forget). Look-ups are O(1), edits O(log n), and merging
/// a delta of k additions or removals is O(k log n).
///
/// The methods that edit it are those of [`RwSetCursor`].
///
/// Source: Bieniusa et al., *Semantics of eventually consistent replicated sets* (2012); the
/// `set_rw` of AntidoteDB.
#[derive(Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        transparent,
        bound(
            serialize = "E: Ord + serde::Serialize",
            deserialize = "E: Ord + Hash + serde::Deserialize<'de>",
        )
    )
)]
pub struct RwSet<E> {
    /// The live writes of each element: `true` adds it.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced"))]
    writes: DotMap<E, DotFun<bool>>,
}

#[cfg(feature = "serde")]
fn announced<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::RwSet", deserializer)
}

/// An element is present if it has live writes, and all of them add it.
fn is_present(writes: &DotFun<bool>) -> bool {
    !writes.is_empty() && writes.iter().all(|(_, adds)| *adds)
}

impl<E> RwSet<E> {
    /// How many elements are present. Computes in O(n) time, removed ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.iter_unordered().filter(|(_, writes)| is_present(writes)).count()
    }

    /// Whether no element is present. Computes in O(n) time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.writes.iter_unordered().any(|(_, writes)| is_present(writes))
    }

    /// The present elements in ascending order. Computes in O(n log n) time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &E>
    where
        E: Ord,
    {
        self.writes.iter().filter(|(_, writes)| is_present(writes)).map(|(element, _)| element)
    }
}

impl<E: Hash + Eq> RwSet<E> {
    /// Whether `element` is present. Computes in O(1) time.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.writes.get(element).is_some_and(is_present)
    }

    /// The live writes of `element`, and whether they add it.
    pub fn writes<Q>(&self, element: &Q) -> impl Iterator<Item = (Dot, bool)> + '_
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let writes = self.writes.get(element).into_iter().flat_map(DotFun::iter);
        writes.map(|(dot, adds)| (dot, *adds))
    }
}

forward! {
    writes =>
    impl<E: Clone + Hash + Eq> DotStore for RwSet<E> { type Cursor = RwSetCursor; }
    impl<E> Default for RwSet<E> {}
    impl<E: Hash + Eq> PartialEq for RwSet<E> {}
    impl<E: Hash + Eq> Eq for RwSet<E> {}
    impl<E: Ord + Hash> Hash for RwSet<E> {}
}

impl<E: Clone + Hash + Ord> WatchStore for RwSet<E> {
    type Change = EntryChange<E>;

    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(Self::Change),
    ) {
        let bottom = DotFun::default();
        self.writes.compare(own, &other.writes, theirs, &mut |element, mine, yours| {
            let before = mine.unwrap_or(&bottom);
            let after = joined(before, own, yours.unwrap_or(&bottom), theirs);
            let (was, is) = (is_present(before), is_present(&after));
            let change = EntryChange::of(element.clone(), was, is, Vec::new());
            change.into_iter().for_each(&mut *visit);
        });
    }
}

impl<E: Ord + fmt::Debug> fmt::Debug for RwSet<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a, E: Ord> IntoIterator for &'a RwSet<E> {
    type Item = &'a E;
    type IntoIter = alloc::vec::IntoIter<&'a E>;

    /// The present elements in ascending order. Computes in O(n log n) time.
    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

/// Edits an [`RwSet`].
#[derive(Debug)]
pub struct RwSetCursor<'a, E: Clone + Hash + Eq> {
    writes: DotMapCursor<'a, E, DotFun<bool>>,
}

impl<E: Clone + Hash + Eq> RwSetCursor<'_, E> {
    /// Inserts `element`, unless it is removed concurrently, and returns whether it was absent.
    /// Computes in O(log n) time.
    pub fn insert(&mut self, element: impl IntoValue<E>) -> bool {
        !self.write(element.into_value(), true)
    }

    /// Removes `element`, also against concurrent additions, and returns whether it was present.
    /// Computes in O(log n) time.
    ///
    /// An element that is absent can be removed too: that holds against concurrent additions.
    pub fn remove(&mut self, element: impl IntoValue<E>) -> bool {
        self.write(element.into_value(), false)
    }

    /// Removes all elements that are present, as one delta. Computes in O(n log n) time.
    pub fn clear(&mut self) {
        self.retain(|_| false);
    }

    /// Keeps the present elements that `keep` accepts, and removes the others, as one delta.
    pub fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        let going: Vec<E> = self
            .writes
            .iter_by_dot() // so that equal sets give equal deltas
            .filter(|(element, writes)| is_present(writes) && !keep(element))
            .map(|(element, _)| element.clone())
            .collect();
        for element in going {
            self.write(element, false);
        }
    }

    /// Drops the removals that are kept of absent elements, as one delta, and returns how many
    /// elements that were.
    ///
    /// What they removed stays removed; they do not win any more against additions that are
    /// concurrent to them and still to come.
    pub fn forget(&mut self) -> usize {
        let before = self.writes.len();
        self.writes.retain(|_, writes| is_present(writes));
        before - self.writes.len()
    }

    /// Whether `element` is present.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.writes.get(element).is_some_and(is_present)
    }

    /// Writes, and returns whether the element was present.
    fn write(&mut self, element: E, adds: bool) -> bool {
        let mut writes = self.writes.entry(element);
        let was_present = is_present(&writes);
        writes.write(adds);
        was_present
    }
}

impl<E: Clone + Hash + Eq> Extend<E> for RwSetCursor<'_, E> {
    fn extend<I: IntoIterator<Item = E>>(&mut self, elements: I) {
        for element in elements {
            self.insert(element);
        }
    }
}
