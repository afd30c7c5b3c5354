use alloc::collections::{BTreeSet, btree_set};
use core::borrow::Borrow;

use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit, EntryChange, IntoValue, Unnumbered, Watch};

/// A set that only grows.
///
/// Under concurrency it is the union of all insertions.
///
/// ```
/// use rejoin_sets::{Crdt, Edit, GSet, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let (mut here, mut there) = (GSet::<&str>::new(), GSet::new());
/// here.edit(alice, |seen| seen.insert("msg-1"));
/// let delta = there.edit(bob, |seen| seen.insert("msg-2"));
///
/// here.merge(delta);
/// assert!(here.contains("msg-1") && here.contains("msg-2"));
/// ```
///
/// It is a `BTreeSet`, in memory and in cost: O(log n) for look-ups, O(k log n) to merge k
/// elements. Its digest is the whole set; where that matters use an
/// [`AwSet`](crate::AwSet), whose digest is a version vector.
///
/// The methods that edit it are those of [`GSetCursor`].
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.3.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GSet<T> {
    pub(crate) elements: BTreeSet<T>,
}

impl<T> GSet<T> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { elements: BTreeSet::new() }
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

    /// The elements in ascending order.
    pub fn iter(&self) -> btree_set::Iter<'_, T> {
        self.elements.iter()
    }
}

impl<T: Ord> GSet<T> {
    /// Whether `element` is in the set. Computes in O(log n) time.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.elements.contains(element)
    }
}

impl<T: Ord + Clone> Crdt for GSet<T> {
    fn merge(&mut self, mut other: Self) -> bool {
        if self.is_empty() {
            core::mem::swap(self, &mut other);
            return !self.is_empty();
        }
        let before = self.len();
        self.elements.extend(other.elements);
        self.len() > before
    }

    fn covers(&self, other: &Self) -> bool {
        self.elements.is_superset(&other.elements)
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Ord + Clone> Unnumbered for GSet<T> {}

impl<T: Ord + Clone> Diff for GSet<T> {
    /// The whole set: nothing shorter is exact.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        let missing: Self = self.elements.difference(&peer.elements).cloned().collect();
        (!missing.is_empty()).then_some(missing)
    }
}

impl<T: Ord + Clone> Decompose for GSet<T> {
    /// One part an element.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for element in &self.elements {
            visit(core::iter::once(element.clone()).collect());
        }
    }
}

impl<T: Ord + Clone> Edit for GSet<T> {
    type Cursor<'a>
        = GSetCursor<'a, T>
    where
        T: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> GSetCursor<'a, T> {
        GSetCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, _before: Self) {
        for element in delta {
            self.elements.remove(element);
        }
    }
}

impl<T: Ord + Clone> Watch for GSet<T> {
    type Change = EntryChange<T>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        for element in other.elements.difference(&self.elements) {
            visit(EntryChange::Added(element.clone()));
        }
    }
}

impl<T> Default for GSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A set is its own delta, so that a collection of elements can be merged as it is.
impl<T: Ord> FromIterator<T> for GSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self { elements: elements.into_iter().collect() }
    }
}

impl<T> IntoIterator for GSet<T> {
    type Item = T;
    type IntoIter = btree_set::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a GSet<T> {
    type Item = &'a T;
    type IntoIter = btree_set::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Edits a [`GSet`].
#[derive(Debug)]
pub struct GSetCursor<'a, T> {
    value: &'a mut GSet<T>,
    draft: Draft<'a, GSet<T>>,
}

impl<T: Ord + Clone> GSetCursor<'_, T> {
    /// Inserts `element`, and returns whether it was absent. Computes in O(log n) time.
    pub fn insert(&mut self, element: impl IntoValue<T>) -> bool {
        let element = element.into_value();
        if self.value.contains(&element) {
            return false;
        }
        self.draft.delta().elements.insert(element.clone());
        self.value.elements.insert(element)
    }
}

impl<T: Ord + Clone> Extend<T> for GSetCursor<'_, T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        for element in elements {
            self.insert(element);
        }
    }
}

impl<T> core::ops::Deref for GSetCursor<'_, T> {
    type Target = GSet<T>;

    fn deref(&self) -> &GSet<T> {
        self.value
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use rejoin_core::wire::{self, Announced};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::GSet;

    /// The elements, in ascending order.
    impl<T: Serialize> Serialize for GSet<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            wire::serialize_set(self.elements.iter(), serializer)
        }
    }

    impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for GSet<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            wire::deserialize_announced(deserializer)
        }
    }

    impl<'de, T: Ord + Deserialize<'de>> Announced<'de> for GSet<T> {
        const NAME: &'static str = "rejoin::GSet";

        fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            wire::deserialize_set(deserializer).map(|elements| Self { elements })
        }
    }
}
