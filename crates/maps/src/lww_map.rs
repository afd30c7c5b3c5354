#[cfg(feature = "serde")]
mod form;

use alloc::collections::BTreeMap;
use core::borrow::Borrow;
use core::fmt;

use rejoin_core::{
    Crdt, Decompose, Diff, Edit, EntryChange, Hlc, IntoValue, ReplicaId, ValueChange, Watch,
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

impl<K: Ord, V: Ord, T: Ord> Crdt for LwwMap<K, V, T> {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        for (key, write) in other.writes {
            changed |= self.write(key, write);
        }
        changed
    }
}

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

    fn cursor<'a>(
        &'a mut self,
        delta: &'a mut Self,
        replica: ReplicaId,
    ) -> LwwMapCursor<'a, K, V, T> {
        LwwMapCursor { value: self, delta, replica }
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
    delta: &'a mut LwwMap<K, V, T>,
    replica: ReplicaId,
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
        let write = (time, self.replica, value);
        let is_last = self.value.write(key.clone(), write.clone());
        if is_last {
            self.delta.write(key, write);
        }
        is_last
    }
}

impl<K, V, T> core::ops::Deref for LwwMapCursor<'_, K, V, T> {
    type Target = LwwMap<K, V, T>;

    fn deref(&self) -> &LwwMap<K, V, T> {
        self.value
    }
}
