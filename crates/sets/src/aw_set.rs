use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_core::store::forward;
use rejoin_core::{Dot, DotMap, DotMapCursor, DotSet, EntryChange, IntoValue};

/// An add-wins set: an OR-set without tombstones.
///
/// | concurrently | result |
/// |---|---|
/// | add x ‖ add x | present |
/// | add x ‖ remove x | present: a removal takes only the additions that it has seen |
/// | remove x ‖ remove x | absent |
///
/// An element that was removed can be added again.
///
/// ```
/// use rejoin_sets::{AwSet, Causal, Crdt, Edit, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<AwSet<&str>>::default();
/// here.edit(alice, |tags| tags.insert("red"));
/// let mut there = here.clone();
///
/// let removal = here.edit(alice, |tags| tags.remove("red"));
/// let addition = there.edit(bob, |tags| tags.insert("red"));
///
/// here.merge(addition);
/// there.merge(removal);
/// assert!(here.contains("red")); // Alice's removal had not seen Bob's addition
/// assert_eq!(here, there);
/// ```
///
/// The article that this project grew from prints the other result for a removal that saw one
/// addition while another replica had made its own; that contradicts the article's own code and
/// the OR-set, which this type follows.
///
/// Look-ups are O(1), edits O(log n); merging a delta of k additions or removals is O(k log n),
/// whatever n is. A removed element leaves nothing behind but its dot in the context, which is a
/// run with its neighbours.
///
/// The methods that edit it are those of [`AwSetCursor`].
///
/// Source: Bieniusa et al., *An optimized conflict-free replicated set* (2012); Almeida, Shoker,
/// Baquero, *Delta State Replicated Data Types* (2018), section 7.2.
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
pub struct AwSet<E> {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced"))]
    elements: DotMap<E, DotSet>,
}

#[cfg(feature = "serde")]
fn announced<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::AwSet", deserializer)
}

impl<E> AwSet<E> {
    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The elements in ascending order. Computes in O(n log n) time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &E> + DoubleEndedIterator
    where
        E: Ord,
    {
        self.elements.iter().map(|(element, _)| element)
    }
}

impl<E: Hash + Eq> AwSet<E> {
    /// Whether `element` is in the set. Computes in O(1) time.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.elements.contains_key(element)
    }

    /// The additions that `element` is present by: more than one while they are concurrent, none
    /// if it is absent.
    pub fn dots<Q>(&self, element: &Q) -> impl Iterator<Item = Dot> + '_
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.elements.get(element).into_iter().flat_map(DotSet::iter)
    }
}

forward! {
    elements =>
    impl<E: Clone + Hash + Eq> DotStore for AwSet<E> { type Cursor = AwSetCursor; }
    impl<E: Clone + Hash + Ord> WatchStore for AwSet<E> { type Change = EntryChange<E>; }
    impl<E> Default for AwSet<E> {}
    impl<E: Hash + Eq> PartialEq for AwSet<E> {}
    impl<E: Hash + Eq> Eq for AwSet<E> {}
    impl<E: Ord + Hash> Hash for AwSet<E> {}
}

impl<E: Ord + fmt::Debug> fmt::Debug for AwSet<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<E: Ord> IntoIterator for AwSet<E> {
    type Item = E;
    type IntoIter = alloc::vec::IntoIter<E>;

    /// The elements in ascending order. Computes in O(n log n) time.
    fn into_iter(self) -> Self::IntoIter {
        self.elements.into_iter().map(|(element, _)| element).collect::<Vec<_>>().into_iter()
    }
}

impl<'a, E: Ord> IntoIterator for &'a AwSet<E> {
    type Item = &'a E;
    type IntoIter = alloc::vec::IntoIter<&'a E>;

    /// The elements in ascending order. Computes in O(n log n) time.
    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

/// Edits an [`AwSet`].
#[derive(Debug)]
pub struct AwSetCursor<'a, E: Clone + Hash + Eq> {
    elements: DotMapCursor<'a, E, DotSet>,
}

impl<E: Clone + Hash + Eq> AwSetCursor<'_, E> {
    /// Inserts `element`, and returns whether it was absent.
    ///
    /// An element that is present is written anew, so that a concurrent removal of it does not take
    /// it. Computes in O(log n) time.
    pub fn insert(&mut self, element: impl IntoValue<E>) -> bool {
        self.elements.put(element.into_value(), DotSet::from)
    }

    /// Removes `element`, and returns whether it was present. Computes in O(log n) time.
    pub fn remove<Q>(&mut self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.elements.remove(element)
    }

    /// Removes all elements, as one removal.
    pub fn clear(&mut self) {
        self.elements.clear();
    }

    /// Keeps the elements that `keep` accepts; all others go as one removal. Computes in O(n) time,
    /// and O(log n) for each that goes.
    pub fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        self.elements.retain(|element, _| keep(element));
    }

    /// Whether `element` is in the set.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.elements.contains_key(element)
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The elements in ascending order. Computes in O(n log n) time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &E>
    where
        E: Ord,
    {
        self.elements.iter().map(|(element, _)| element)
    }
}

impl<E: Clone + Hash + Eq> Extend<E> for AwSetCursor<'_, E> {
    fn extend<I: IntoIterator<Item = E>>(&mut self, elements: I) {
        let elements = elements.into_iter();
        let (count, _) = elements.size_hint();
        // Some of them may be here, as far as anything is.
        self.elements.reserve(if self.is_empty() { count } else { count.div_ceil(2) });
        for element in elements {
            self.insert(element);
        }
    }
}
