#[cfg(feature = "serde")]
mod form;

use alloc::collections::BTreeMap;
use core::borrow::Borrow;
use core::fmt;
use core::mem;

use rejoin_core::{
    Crdt, Decompose, Diff, Draft, Edit, EntryChange, Hlc, HlcClock, HlcError, IntoValue, ReplicaId,
    Unnumbered, ValueChange, WallTime, Watch,
};

/// A map in which the last put or removal of a key decides.
///
/// | concurrently | result |
/// |---|---|
/// | put k ‖ put k | the higher (time, replica) stays, **the other value is lost** |
/// | put k ‖ remove k | the same rule |
///
/// Where concurrent values should stay beside each other, use an `OrMap` of `MvRegister`s.
///
/// ```
/// use rejoin_maps::{Crdt, Edit, LwwMap, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = LwwMap::<String, u32, u64>::new();
/// here.edit(alice, |limits| limits.insert(10, "cpu", 4));
/// let mut there = here.clone();
///
/// here.edit(alice, |limits| limits.insert(20, "cpu", 8));
/// there.edit(bob, |limits| limits.remove(30, "cpu"));
/// here.merge(there);
/// assert_eq!(here.get("cpu"), None); // removed last
/// ```
///
/// `T` is the time: a hybrid logical clock's [`Hlc`] by default, or anything ordered. Under one
/// stamp, which only a writer that reuses a time makes, a larger value stays, and a value rather
/// than a removal. A removed key keeps its stamp for ever. All operations are O(log n); its digest
/// is the whole map.
///
/// The methods that edit it are those of [`LwwMapCursor`].
///
/// Source: Johnson, Thomas, *The maintenance of duplicate databases* (RFC 677, 1975); the `LWWMap`
/// of Akka Distributed Data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LwwMap<K, V, T = Hlc> {
    writes: BTreeMap<K, Write<V, T>>,
}

/// In the order that decides: time, writer, value; `None` is a removal.
type Write<V, T> = (T, ReplicaId, Option<V>);

impl<K, V, T> LwwMap<K, V, T> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { writes: BTreeMap::new() }
    }

    /// How many keys are present. Computes in O(n) time, removed ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no key is present. Computes in O(n) time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The present entries in ascending order of keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.writes.iter().filter_map(|(key, (_, _, value))| Some((key, value.as_ref()?)))
    }

    /// The present keys in ascending order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in ascending order of keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Puts the last write of every key at another time, which is no edit: for the stamps of a
    /// wrong clock, against which all concurrent writes would be lost until time has caught up.
    ///
    /// To write over such a stamp takes only [`insert_now`](LwwMapCursor::insert_now).
    ///
    /// **Precondition**: every replica does the same, and no delta, state or difference from before
    /// is merged afterwards, nor one from afterwards before.
    pub fn restamp(&mut self, mut restamp: impl FnMut(&T) -> T) {
        for (time, _, _) in self.writes.values_mut() {
            *time = restamp(time);
        }
    }
}

impl<K: Ord, V, T> LwwMap<K, V, T> {
    /// The value under `key`. Computes in O(log n) time.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.writes.get(key)?.2.as_ref()
    }

    /// Whether `key` is present. Computes in O(log n) time.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.get(key).is_some()
    }

    /// When and by whom `key` was put or removed last. Computes in O(log n) time.
    #[must_use]
    pub fn stamp<Q>(&self, key: &Q) -> Option<(&T, ReplicaId)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.writes.get(key).map(|(time, writer, _)| (time, *writer))
    }
}

impl<K: Ord, V: Ord, T: Ord> LwwMap<K, V, T> {
    /// Whether `write` is later than what is known of `key`.
    fn accepts(&self, key: &K, write: &Write<V, T>) -> bool {
        self.writes.get(key).is_none_or(|mine| write > mine)
    }

    /// Writes, if that is later than what is there.
    fn write(&mut self, key: K, write: Write<V, T>) -> bool {
        match self.writes.get_mut(&key) {
            Some(mine) if write <= *mine => false,
            Some(mine) => {
                *mine = write;
                true
            }
            None => {
                self.writes.insert(key, write);
                true
            }
        }
    }
}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> Crdt for LwwMap<K, V, T> {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        for (key, write) in other.writes {
            changed |= self.write(key, write);
        }
        changed
    }

    fn covers(&self, other: &Self) -> bool {
        other.writes.iter().all(|(key, write)| !self.accepts(key, write))
    }

    fn is_bottom(&self) -> bool {
        self.writes.is_empty()
    }
}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> Unnumbered for LwwMap<K, V, T> {}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> Diff for LwwMap<K, V, T> {
    /// The whole map: stamps alone would not tell which of two values under one is larger.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        let writes: BTreeMap<_, _> = self
            .writes
            .iter()
            .filter(|(key, write)| peer.writes.get(*key).is_none_or(|theirs| *write > theirs))
            .map(|(key, write)| (key.clone(), write.clone()))
            .collect();
        (!writes.is_empty()).then_some(Self { writes })
    }
}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> Decompose for LwwMap<K, V, T> {
    /// One part a key.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (key, write) in &self.writes {
            visit(Self { writes: core::iter::once((key.clone(), write.clone())).collect() });
        }
    }
}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> Edit for LwwMap<K, V, T> {
    type Cursor<'a>
        = LwwMapCursor<'a, K, V, T>
    where
        Self: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> LwwMapCursor<'a, K, V, T> {
        LwwMapCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, mut before: Self) {
        for key in delta.writes.keys() {
            self.writes.remove(key);
        }
        self.writes.append(&mut before.writes);
    }
}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> Watch for LwwMap<K, V, T> {
    type Change = EntryChange<K, ValueChange<V>>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        for (key, write) in &other.writes {
            if self.writes.get(key).is_some_and(|mine| write <= mine) {
                continue;
            }
            let (before, after) = (self.get(key), write.2.as_ref());
            let update = match (before, after) {
                (Some(before), Some(after)) => ValueChange::between(before.clone(), after.clone()),
                _ => None,
            };
            let changes = update.into_iter().collect();
            EntryChange::of(key.clone(), before.is_some(), after.is_some(), changes)
                .into_iter()
                .for_each(&mut *visit);
        }
    }
}

impl<K, V, T> Default for LwwMap<K, V, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, T> fmt::Debug for LwwMap<K, V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Edits an [`LwwMap`].
#[derive(Debug)]
pub struct LwwMapCursor<'a, K, V, T> {
    value: &'a mut LwwMap<K, V, T>,
    draft: Draft<'a, LwwMap<K, V, T>>,
}

impl<K: Ord + Clone, V: Ord + Clone, T: Ord + Clone> LwwMapCursor<'_, K, V, T> {
    /// Puts `value` under `key` at `time`, and returns whether that is its last write so far.
    /// Computes in O(log n) time.
    pub fn insert(&mut self, time: T, key: impl IntoValue<K>, value: impl IntoValue<V>) -> bool {
        self.write(time, key.into_value(), Some(value.into_value()))
    }

    /// Removes `key` at `time`, and returns whether that is its last write so far. Computes in
    /// O(log n) time.
    ///
    /// A key that is absent can be removed too: that holds against puts with an earlier time which
    /// are still to come.
    pub fn remove(&mut self, time: T, key: impl IntoValue<K>) -> bool {
        self.write(time, key.into_value(), None)
    }

    fn write(&mut self, time: T, key: K, value: Option<V>) -> bool {
        let write = (time, self.draft.replica(), value);
        let old = match self.value.writes.get_mut(&key) {
            Some(mine) if write <= *mine => return false,
            Some(mine) => Some(mem::replace(mine, write.clone())),
            None => self.value.writes.insert(key.clone(), write.clone()),
        };
        let (delta, before) = self.draft.both();
        if delta.writes.insert(key.clone(), write).is_none()
            && let Some(old) = old
        {
            before.writes.insert(key, old);
        }
        true
    }
}

impl<K: Ord + Clone, V: Ord + Clone> LwwMapCursor<'_, K, V, Hlc> {
    /// Puts `value` under `key`, over what is there, at the time of `clock`, whose wall clock shows
    /// `wall`; over a stamp that is from the future, right after it. Computes in O(log n)
    /// time.
    ///
    /// ```
    /// use core::time::Duration;
    /// use rejoin_maps::{Edit, Hlc, HlcClock, LwwMap, ReplicaId, WallTime};
    ///
    /// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    /// let mut limits = LwwMap::<&str, u32>::new();
    /// let at = WallTime::from_unix_millis;
    /// let wrong = Hlc::new(at(4_100_000_000_000), 0).expect("2099 takes 42 bits");
    /// limits.edit(alice, |limits| limits.insert(wrong, "cpu", 4));
    ///
    /// let mut clock = HlcClock::new(Duration::from_secs(60));
    /// limits.edit(bob, |limits| limits.insert_now(&mut clock, at(1_700_000_000_000), "cpu", 8));
    /// assert_eq!(limits.get("cpu"), Some(&8));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`HlcClock::after`]. Then nothing has changed.
    pub fn insert_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        key: impl IntoValue<K>,
        value: impl IntoValue<V>,
    ) -> Result<(), HlcError> {
        self.write_now(clock, wall, key.into_value(), Some(value.into_value()))
    }

    /// Removes `key`, over what is there, as [`insert_now`](Self::insert_now) puts it. Computes in
    /// O(log n) time.
    ///
    /// # Errors
    ///
    /// As [`HlcClock::after`]. Then nothing has changed.
    pub fn remove_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        key: impl IntoValue<K>,
    ) -> Result<(), HlcError> {
        self.write_now(clock, wall, key.into_value(), None)
    }

    fn write_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        key: K,
        value: Option<V>,
    ) -> Result<(), HlcError> {
        let seen = self.value.stamp(&key).map_or(Hlc::MIN, |(stamp, _)| *stamp);
        let time = clock.after(seen, wall)?;
        self.write(time, key, value);
        Ok(())
    }
}

impl<K, V, T> core::ops::Deref for LwwMapCursor<'_, K, V, T> {
    type Target = LwwMap<K, V, T>;

    fn deref(&self) -> &LwwMap<K, V, T> {
        self.value
    }
}
