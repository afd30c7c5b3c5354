mod bias;
#[cfg(feature = "serde")]
mod wire;

use alloc::collections::BTreeMap;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::marker::PhantomData;
use core::mem;

use rejoin_core::{
    Crdt, Decompose, Diff, Draft, Edit, EntryChange, Hlc, HlcClock, HlcError, IntoValue, ReplicaId,
    Unnumbered, WallTime, Watch,
};

pub use self::bias::{AddBias, Bias, RemoveBias};

/// A set in which the last addition or removal of an element decides.
///
/// | concurrently | result |
/// |---|---|
/// | add x at t ‖ remove x at u | present if t > u, absent if t < u, by the bias `B` if t = u |
///
/// So an addition can be lost to a concurrent removal with a later time; in an
/// [`AwSet`](crate::AwSet) it is not.
///
/// ```
/// use rejoin_sets::{Crdt, Edit, LwwElementSet, RemoveBias, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = LwwElementSet::<&str, u64, RemoveBias>::new();
/// here.edit(alice, |tags| tags.insert(10, "red"));
/// let mut there = here.clone();
///
/// here.edit(alice, |tags| tags.insert(20, "red"));
/// there.edit(bob, |tags| tags.remove(20, "red"));
/// here.merge(there);
/// assert!(!here.contains("red")); // the same time: the bias decides
/// ```
///
/// `T` is the time: a hybrid logical clock's [`Hlc`] by default, or anything ordered. A removed
/// element keeps its stamp for ever. All operations are O(log n); its digest is the stamp of every
/// element.
///
/// The methods that edit it are those of [`LwwElementSetCursor`].
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.3.3.
pub struct LwwElementSet<E, T = Hlc, B = AddBias> {
    elements: BTreeMap<E, Write<T>>,
    bias: PhantomData<B>,
}

/// The last write to an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Write<T> {
    time: T,
    is_present: bool,
    writer: ReplicaId,
}

impl<T: Ord> Write<T> {
    /// The order that decides: time, bias, and the writer only to name one of two equal writes.
    fn compare<B: Bias>(&self, other: &Self) -> Ordering {
        let rank = |write: &Self| write.is_present == B::ADD_WINS;
        self.time
            .cmp(&other.time)
            .then_with(|| rank(self).cmp(&rank(other)))
            .then_with(|| self.writer.cmp(&other.writer))
    }
}

impl<E, T, B> LwwElementSet<E, T, B> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { elements: BTreeMap::new(), bias: PhantomData }
    }

    /// How many elements are present. Computes in O(n) time, removed ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no element is present. Computes in O(n) time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The present elements in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &E> {
        self.elements.iter().filter(|(_, write)| write.is_present).map(|(element, _)| element)
    }

    /// Puts the last write of every element at another time, which is no edit: for the stamps of a
    /// wrong clock, against which all concurrent writes would be lost until time has caught up.
    ///
    /// To write over such a stamp takes only [`insert_now`](LwwElementSetCursor::insert_now).
    ///
    /// **Precondition**: every replica does the same, and no delta, state or difference from before
    /// is merged afterwards, nor one from afterwards before.
    pub fn restamp(&mut self, mut restamp: impl FnMut(&T) -> T) {
        for write in self.elements.values_mut() {
            write.time = restamp(&write.time);
        }
    }
}

impl<E: Ord, T, B> LwwElementSet<E, T, B> {
    /// Whether `element` is present. Computes in O(log n) time.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        E: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.elements.get(element).is_some_and(|write| write.is_present)
    }

    /// When and by whom `element` was added or removed last. Computes in O(log n) time.
    #[must_use]
    pub fn stamp<Q>(&self, element: &Q) -> Option<(&T, ReplicaId)>
    where
        E: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.elements.get(element).map(|write| (&write.time, write.writer))
    }
}

impl<E: Ord, T: Ord, B: Bias> LwwElementSet<E, T, B> {
    /// Whether `write` is later than what is known of `element`.
    fn accepts(&self, element: &E, write: &Write<T>) -> bool {
        self.elements.get(element).is_none_or(|mine| write.compare::<B>(mine).is_gt())
    }

    /// Writes, if that is later than what is there.
    fn write(&mut self, element: E, write: Write<T>) -> bool {
        match self.elements.get_mut(&element) {
            Some(mine) => {
                let is_later = write.compare::<B>(mine).is_gt();
                if is_later {
                    *mine = write;
                }
                is_later
            }
            None => {
                self.elements.insert(element, write);
                true
            }
        }
    }
}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> Crdt for LwwElementSet<E, T, B> {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        for (element, write) in other.elements {
            changed |= self.write(element, write);
        }
        changed
    }

    fn covers(&self, other: &Self) -> bool {
        other.elements.iter().all(|(element, write)| !self.accepts(element, write))
    }

    fn is_bottom(&self) -> bool {
        self.elements.is_empty()
    }
}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> Unnumbered for LwwElementSet<E, T, B> {}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> Diff for LwwElementSet<E, T, B> {
    /// All elements with their stamps: nothing shorter is exact.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        let is_news = |element: &E, write: &Write<T>| {
            peer.elements.get(element).is_none_or(|theirs| write.compare::<B>(theirs).is_gt())
        };
        let elements: BTreeMap<E, Write<T>> = self
            .elements
            .iter()
            .filter(|(element, write)| is_news(element, write))
            .map(|(element, write)| (element.clone(), write.clone()))
            .collect();
        (!elements.is_empty()).then_some(Self { elements, bias: PhantomData })
    }
}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> Decompose for LwwElementSet<E, T, B> {
    /// One part an element.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (element, write) in &self.elements {
            let elements = core::iter::once((element.clone(), write.clone())).collect();
            visit(Self { elements, bias: PhantomData });
        }
    }
}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> Edit for LwwElementSet<E, T, B> {
    type Cursor<'a>
        = LwwElementSetCursor<'a, E, T, B>
    where
        Self: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> LwwElementSetCursor<'a, E, T, B> {
        LwwElementSetCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, mut before: Self) {
        for element in delta.elements.keys() {
            self.elements.remove(element);
        }
        self.elements.append(&mut before.elements);
    }
}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> Watch for LwwElementSet<E, T, B> {
    type Change = EntryChange<E>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        for (element, write) in &other.elements {
            let mine = self.elements.get(element);
            if mine.is_none_or(|mine| write.compare::<B>(mine).is_gt()) {
                let was = mine.is_some_and(|mine| mine.is_present);
                let change =
                    EntryChange::of(element.clone(), was, write.is_present, alloc::vec::Vec::new());
                change.into_iter().for_each(&mut *visit);
            }
        }
    }
}

// By hand, because derives would ask the bias for the same traits.

impl<E: Clone, T: Clone, B> Clone for LwwElementSet<E, T, B> {
    fn clone(&self) -> Self {
        Self { elements: self.elements.clone(), bias: PhantomData }
    }
}

impl<E, T, B> Default for LwwElementSet<E, T, B> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: PartialEq, T: PartialEq, B> PartialEq for LwwElementSet<E, T, B> {
    fn eq(&self, other: &Self) -> bool {
        self.elements == other.elements
    }
}

impl<E: Eq, T: Eq, B> Eq for LwwElementSet<E, T, B> {}

impl<E: core::hash::Hash, T: core::hash::Hash, B> core::hash::Hash for LwwElementSet<E, T, B> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.elements.hash(state);
    }
}

impl<E: fmt::Debug, T, B> fmt::Debug for LwwElementSet<E, T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Edits a [`LwwElementSet`].
#[derive(Debug)]
pub struct LwwElementSetCursor<'a, E, T, B> {
    value: &'a mut LwwElementSet<E, T, B>,
    draft: Draft<'a, LwwElementSet<E, T, B>>,
}

impl<E: Ord + Clone, T: Ord + Clone, B: Bias> LwwElementSetCursor<'_, E, T, B> {
    /// Adds `element` at `time`, and returns whether that is its last write so far. Computes in
    /// O(log n) time.
    pub fn insert(&mut self, time: T, element: impl IntoValue<E>) -> bool {
        self.write(time, element.into_value(), true)
    }

    /// Removes `element` at `time`, and returns whether that is its last write so far. Computes in
    /// O(log n) time.
    ///
    /// An element that is absent can be removed too: that holds against additions with an earlier
    /// time which are still to come.
    pub fn remove(&mut self, time: T, element: impl IntoValue<E>) -> bool {
        self.write(time, element.into_value(), false)
    }

    fn write(&mut self, time: T, element: E, is_present: bool) -> bool {
        let write = Write { time, is_present, writer: self.draft.replica() };
        let old = match self.value.elements.get_mut(&element) {
            Some(mine) if write.compare::<B>(mine).is_le() => return false,
            Some(mine) => Some(mem::replace(mine, write.clone())),
            None => self.value.elements.insert(element.clone(), write.clone()),
        };
        let (delta, before) = self.draft.both();
        if delta.elements.insert(element.clone(), write).is_none()
            && let Some(old) = old
        {
            before.elements.insert(element, old);
        }
        true
    }
}

impl<E: Ord + Clone, B: Bias> LwwElementSetCursor<'_, E, Hlc, B> {
    /// Adds `element`, over its last write, at the time of `clock`, whose wall clock shows
    /// `wall`; over a stamp that is from the future, right after it. Computes in O(log n)
    /// time.
    ///
    /// # Errors
    ///
    /// As [`HlcClock::after`]. Then nothing has changed.
    pub fn insert_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        element: impl IntoValue<E>,
    ) -> Result<(), HlcError> {
        self.write_now(clock, wall, element.into_value(), true)
    }

    /// Removes `element`, over its last write, as [`insert_now`](Self::insert_now) adds it.
    /// Computes in O(log n) time.
    ///
    /// # Errors
    ///
    /// As [`HlcClock::after`]. Then nothing has changed.
    pub fn remove_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        element: impl IntoValue<E>,
    ) -> Result<(), HlcError> {
        self.write_now(clock, wall, element.into_value(), false)
    }

    fn write_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        element: E,
        is_present: bool,
    ) -> Result<(), HlcError> {
        let seen = self.value.stamp(&element).map_or(Hlc::MIN, |(stamp, _)| *stamp);
        let time = clock.after(seen, wall)?;
        self.write(time, element, is_present);
        Ok(())
    }
}

impl<E, T, B> core::ops::Deref for LwwElementSetCursor<'_, E, T, B> {
    type Target = LwwElementSet<E, T, B>;

    fn deref(&self) -> &LwwElementSet<E, T, B> {
        self.value
    }
}
