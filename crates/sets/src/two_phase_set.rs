use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::borrow::Borrow;

use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit, EntryChange, IntoValue, Unnumbered, Watch};

/// A set in which a removal is final.
///
/// | concurrently | result |
/// |---|---|
/// | add x ‖ remove x | absent, for ever |
///
/// An element goes one way only: not there, present, removed. It needs no dots, and so suits
/// elements that are unique by themselves, such as ids.
///
/// ```
/// use rejoin_sets::{Crdt, Edit, ReplicaId, TwoPhaseSet};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = TwoPhaseSet::<u32>::new();
/// here.edit(alice, |open| open.insert(7));
/// let mut there = here.clone();
///
/// there.edit(bob, |open| open.remove(&7));
/// here.edit(alice, |open| open.insert(7)); // present already: nothing new
/// here.merge(there);
/// assert!(!here.contains(&7));
/// ```
///
/// A removed element is remembered for ever. All operations are O(log n); its digest is the whole
/// set.
///
/// The methods that edit it are those of [`TwoPhaseSetCursor`].
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.3.2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TwoPhaseSet<T> {
    /// Disjoint from `removed`.
    present: BTreeSet<T>,
    removed: BTreeSet<T>,
}

impl<T> TwoPhaseSet<T> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { present: BTreeSet::new(), removed: BTreeSet::new() }
    }

    /// How many elements are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether no element is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// The present elements in ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.present.iter()
    }

    /// The removed elements in ascending order.
    pub fn removed(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.removed.iter()
    }
}

impl<T: Ord> TwoPhaseSet<T> {
    /// Whether `element` is present. Computes in O(log n) time.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.present.contains(element)
    }

    /// Whether `element` has been removed, for ever. Computes in O(log n) time.
    #[must_use]
    pub fn is_removed<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.removed.contains(element)
    }

    fn add(&mut self, element: T) -> bool {
        !self.removed.contains(&element) && self.present.insert(element)
    }

    fn discard(&mut self, element: T) -> bool {
        self.present.remove(&element);
        self.removed.insert(element)
    }
}

impl<T: Ord + Clone> Crdt for TwoPhaseSet<T> {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        for element in other.removed {
            changed |= self.discard(element);
        }
        for element in other.present {
            changed |= self.add(element);
        }
        changed
    }

    fn covers(&self, other: &Self) -> bool {
        self.removed.is_superset(&other.removed)
            && other.present.iter().all(|it| self.contains(it) || self.is_removed(it))
    }

    fn is_bottom(&self) -> bool {
        self.present.is_empty() && self.removed.is_empty()
    }
}

impl<T: Ord + Clone> Unnumbered for TwoPhaseSet<T> {}

impl<T: Ord + Clone> Diff for TwoPhaseSet<T> {
    /// The whole set: nothing shorter is exact.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        let missing = Self {
            present: self
                .present
                .iter()
                .filter(|element| !peer.contains(element) && !peer.is_removed(element))
                .cloned()
                .collect(),
            removed: self.removed.difference(&peer.removed).cloned().collect(),
        };
        (missing != Self::new()).then_some(missing)
    }
}

impl<T: Ord + Clone> Decompose for TwoPhaseSet<T> {
    /// One part an element, present or removed.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for element in &self.present {
            let present = core::iter::once(element.clone()).collect();
            visit(Self { present, removed: BTreeSet::new() });
        }
        for element in &self.removed {
            let removed = core::iter::once(element.clone()).collect();
            visit(Self { present: BTreeSet::new(), removed });
        }
    }
}

impl<T: Ord + Clone> Edit for TwoPhaseSet<T> {
    type Cursor<'a>
        = TwoPhaseSetCursor<'a, T>
    where
        T: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> TwoPhaseSetCursor<'a, T> {
        TwoPhaseSetCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, mut before: Self) {
        for element in &delta.removed {
            self.removed.remove(element);
        }
        for element in &delta.present {
            self.present.remove(element);
        }
        self.present.append(&mut before.present);
    }
}

impl<T: Ord + Clone> Watch for TwoPhaseSet<T> {
    type Change = EntryChange<T>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        let gone = self.present.intersection(&other.removed).map(|element| (element, false));
        let fresh = other.present.difference(&self.present).map(|element| (element, true));
        let fresh = fresh.filter(|(element, _)| !self.is_removed(element));
        let mut changes: Vec<(&T, bool)> = gone.chain(fresh).collect();
        changes.sort_unstable();
        for (element, is) in changes {
            EntryChange::of(element.clone(), !is, is, Vec::new()).into_iter().for_each(&mut *visit);
        }
    }
}

impl<T> Default for TwoPhaseSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Edits a [`TwoPhaseSet`].
#[derive(Debug)]
pub struct TwoPhaseSetCursor<'a, T> {
    value: &'a mut TwoPhaseSet<T>,
    draft: Draft<'a, TwoPhaseSet<T>>,
}

impl<T: Ord + Clone> TwoPhaseSetCursor<'_, T> {
    /// Inserts `element`, and returns whether it is new: neither present nor removed. Computes in
    /// O(log n) time.
    pub fn insert(&mut self, element: impl IntoValue<T>) -> bool {
        let element = element.into_value();
        let is_new = self.value.add(element.clone());
        if is_new {
            self.draft.delta().add(element);
        }
        is_new
    }

    /// Removes `element` for ever, and returns whether it was present. Removing what is absent does
    /// nothing. Computes in O(log n) time.
    pub fn remove<Q>(&mut self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let Some(element) = self.value.present.take(element) else { return false };
        self.discard(element)
    }

    /// Removes all elements for ever. Computes in O(n log n) time.
    pub fn clear(&mut self) {
        self.retain(|_| false);
    }

    /// Keeps the elements that `keep` accepts, and removes the others for ever.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let going: BTreeSet<T> =
            self.value.present.iter().filter(|element| !keep(element)).cloned().collect();
        for element in going {
            self.discard(element);
        }
    }

    fn discard(&mut self, element: T) -> bool {
        let (delta, before) = self.draft.both();
        if !delta.contains(&element) {
            before.present.insert(element.clone());
        }
        delta.discard(element.clone());
        self.value.discard(element)
    }
}

impl<T: Ord + Clone> Extend<T> for TwoPhaseSetCursor<'_, T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        for element in elements {
            self.insert(element);
        }
    }
}

impl<T> core::ops::Deref for TwoPhaseSetCursor<'_, T> {
    type Target = TwoPhaseSet<T>;

    fn deref(&self) -> &TwoPhaseSet<T> {
        self.value
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use rejoin_core::wire;
    use serde::ser::SerializeStruct;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::TwoPhaseSet;
    use crate::GSet;

    /// The fields `present` and `removed`, each in ascending order.
    impl<T: Serialize> Serialize for TwoPhaseSet<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("TwoPhaseSet", 2)?;
            fields.serialize_field("present", &Elements(&self.present))?;
            fields.serialize_field("removed", &Elements(&self.removed))?;
            fields.end()
        }
    }

    struct Elements<'a, T>(&'a super::BTreeSet<T>);

    impl<T: Serialize> Serialize for Elements<'_, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            wire::serialize_set(self.0.iter(), serializer)
        }
    }

    #[derive(Deserialize)]
    #[serde(rename = "TwoPhaseSet", bound(deserialize = "T: Ord + Deserialize<'de>"))]
    struct In<T> {
        present: GSet<T>,
        removed: GSet<T>,
    }

    impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for TwoPhaseSet<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let In { present, removed } = In::deserialize(deserializer)?;
            let (present, removed) = (present.elements, removed.elements);
            if !present.is_disjoint(&removed) {
                return Err(de::Error::custom("an element is both present and removed"));
            }
            Ok(Self { present, removed })
        }
    }
}
