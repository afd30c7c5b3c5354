use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_core::store::{forward, joined};
use rejoin_core::{
    CausalContext, Dot, DotMap, DotMapCursor, DotSet, EntryChange, IntoValue, ValueChange,
    WatchStore,
};

/// An add-wins multiset: an element is present as often as it was added.
///
/// | concurrently | result |
/// |---|---|
/// | add x ‖ add x | two more copies |
/// | add x ‖ remove all of x | the new copy stays, the copies that the remover saw go |
/// | remove one x ‖ remove one x | one or two copies fewer: both may take the same copy |
///
/// ```
/// use rejoin_sets::{AwBag, Causal, Crdt, Edit, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<AwBag<&str>>::default();
/// here.edit(alice, |parts| parts.insert("bolt"));
/// let mut there = here.clone();
///
/// here.edit(alice, |parts| parts.insert("bolt"));
/// there.edit(bob, |parts| parts.insert("bolt"));
/// here.merge(there);
/// assert_eq!(here.count("bolt"), 3);
/// ```
///
/// Every copy has a dot of its own. Look-ups are O(1); an edit or a merge that touches an element
/// is linear in the copies of that element. Where copies are many and only their number matters,
/// use an `OrMap` of counters.
///
/// The methods that edit it are those of [`AwBagCursor`].
///
/// Source: the add-wins bag of Baquero's delta-enabled-crdts library.
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
pub struct AwBag<E> {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced"))]
    copies: DotMap<E, DotSet>,
}

#[cfg(feature = "serde")]
fn announced<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::AwBag", deserializer)
}

impl<E> AwBag<E> {
    /// How many different elements are present.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.copies.len()
    }

    /// How many copies there are of all elements. Computes in O(n) time for n different elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.copies.iter_unordered().map(|(_, copies)| copies.len()).sum()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.copies.is_empty()
    }

    /// The elements in ascending order, each with its number of copies. Computes in O(n log n)
    /// time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&E, usize)> + DoubleEndedIterator
    where
        E: Ord,
    {
        self.copies.iter().map(|(element, copies)| (element, copies.len()))
    }
}

impl<E: Hash + Eq> AwBag<E> {
    /// How many copies of `element` there are. Computes in O(1) time.
    #[must_use]
    pub fn count<Q>(&self, element: &Q) -> usize
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.copies.get(element).map_or(0, DotSet::len)
    }

    /// Whether there is a copy of `element`. Computes in O(1) time.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.copies.contains_key(element)
    }

    /// The additions of `element` that are live, one a copy.
    pub fn dots<Q>(&self, element: &Q) -> impl Iterator<Item = Dot> + '_
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.copies.get(element).into_iter().flat_map(DotSet::iter)
    }
}

forward! {
    copies =>
    impl<E: Clone + Hash + Eq> DotStore for AwBag<E> { type Cursor = AwBagCursor; }
    impl<E> Default for AwBag<E> {}
    impl<E: Hash + Eq> PartialEq for AwBag<E> {}
    impl<E: Hash + Eq> Eq for AwBag<E> {}
    impl<E: Ord + Hash> Hash for AwBag<E> {}
}

impl<E: Clone + Hash + Ord> WatchStore for AwBag<E> {
    type Change = EntryChange<E, ValueChange<usize>>;

    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(Self::Change),
    ) {
        let bottom = DotSet::default();
        self.copies.compare(own, &other.copies, theirs, &mut |element, mine, yours| {
            let before = mine.unwrap_or(&bottom);
            let after = joined(before, own, yours.unwrap_or(&bottom), theirs);
            let count = ValueChange::between(before.len(), after.len());
            let (was, is) = (!before.is_empty(), !after.is_empty());
            let change = EntryChange::of(element.clone(), was, is, count.into_iter().collect());
            change.into_iter().for_each(&mut *visit);
        });
    }
}

impl<E: Ord + fmt::Debug> fmt::Debug for AwBag<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Edits an [`AwBag`].
#[derive(Debug)]
pub struct AwBagCursor<'a, E: Clone + Hash + Eq> {
    copies: DotMapCursor<'a, E, DotSet>,
}

impl<E: Clone + Hash + Eq> AwBagCursor<'_, E> {
    /// Adds a copy of `element`, and returns how many there are now.
    pub fn insert(&mut self, element: impl IntoValue<E>) -> usize {
        let mut copies = self.copies.entry(element.into_value());
        copies.add();
        copies.len()
    }

    /// Removes one copy of `element`, that of the lowest dot, and returns whether there was one.
    pub fn remove_one(&mut self, element: impl IntoValue<E>) -> bool {
        let mut copies = self.copies.entry(element.into_value());
        let first = copies.iter().next();
        first.is_some_and(|dot| copies.remove(dot))
    }

    /// Removes all copies of `element`, and returns how many there were.
    pub fn remove<Q>(&mut self, element: &Q) -> usize
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let count = self.count(element);
        self.copies.remove(element);
        count
    }

    /// Removes all elements, as one removal.
    pub fn clear(&mut self) {
        self.copies.clear();
    }

    /// Keeps all copies of the elements that `keep` accepts; all others go as one removal.
    pub fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        self.copies.retain(|element, _| keep(element));
    }

    /// How many copies of `element` there are.
    #[must_use]
    pub fn count<Q>(&self, element: &Q) -> usize
    where
        E: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.copies.get(element).map_or(0, DotSet::len)
    }
}

impl<E: Clone + Hash + Eq> Extend<E> for AwBagCursor<'_, E> {
    fn extend<I: IntoIterator<Item = E>>(&mut self, elements: I) {
        for element in elements {
            self.insert(element);
        }
    }
}
