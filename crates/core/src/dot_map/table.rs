use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// A hash map whose entries keep their slot number until they are removed, so that an index of
/// dots can point at them.
#[derive(Clone, Debug)]
pub(super) struct Table<K, V> {
    slots: Vec<Option<(K, V)>>,
    free: Vec<u32>,
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<K, V> Table<K, V> {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The entry in a slot.
    pub(super) fn at(&self, slot: u32) -> Option<(&K, &V)> {
        self.slots.get(slot as usize)?.as_ref().map(|(key, value)| (key, value))
    }

    pub(super) fn value_mut(&mut self, slot: u32) -> Option<&mut V> {
        self.slots.get_mut(slot as usize)?.as_mut().map(|(_, value)| value)
    }

    /// Slots and entries, in the order of slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &K, &V)> {
        (0..).zip(&self.slots).filter_map(|(slot, entry)| {
            let (key, value) = entry.as_ref()?;
            Some((slot, key, value))
        })
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().flatten().map(|(_, value)| value)
    }

    pub(super) fn into_entries(self) -> impl Iterator<Item = (K, V)> {
        self.slots.into_iter().flatten()
    }

    /// Whether so few slots are in use that [`compact`](Table::compact) pays: at most a quarter.
    pub(super) fn is_sparse(&self) -> bool {
        self.slots.len() > 32 && self.len() * 4 <= self.slots.len()
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    pub(super) fn find<Q>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slots = &self.slots;
        let hash = self.hasher.hash_one(key);
        self.by_key
            .find(hash, |slot| key_at(slots, *slot).is_some_and(|k| k.borrow() == key))
            .copied()
    }

    /// The slot of `key`, made with `value` if there is none.
    ///
    /// # Panics
    ///
    /// With more than 2³² entries.
    #[allow(clippy::expect_used, reason = "2³² entries do not fit into memory beside their index")]
    pub(super) fn find_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> u32 {
        if let Some(slot) = self.find(&key) {
            return slot;
        }
        let hash = self.hasher.hash_one(&key);
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some((key, value()));
                slot
            }
            None => {
                let slot = u32::try_from(self.slots.len()).expect("more than 2^32 entries");
                self.slots.push(Some((key, value())));
                slot
            }
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_key.insert_unique(hash, slot, |slot| hash_at(slots, hasher, *slot));
        slot
    }

    /// Takes the entry out of a slot.
    pub(super) fn take(&mut self, slot: u32) -> Option<(K, V)> {
        let entry = self.slots.get_mut(slot as usize)?.take()?;
        if let Ok(found) =
            self.by_key.find_entry(self.hasher.hash_one(&entry.0), |other| *other == slot)
        {
            found.remove();
        }
        self.free.push(slot);
        Some(entry)
    }

    /// Gives the entries new slots without holes.
    pub(super) fn compact(&mut self) {
        self.slots = core::mem::take(&mut self.slots).into_iter().flatten().map(Some).collect();
        self.slots.shrink_to_fit();
        self.free = Vec::new();
        self.by_key = HashTable::with_capacity(self.slots.len());
        let (slots, hasher) = (&self.slots, &self.hasher);
        for (slot, _) in (0..).zip(slots) {
            let rehash = |slot: &u32| hash_at(slots, hasher, *slot);
            self.by_key.insert_unique(rehash(&slot), slot, rehash);
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_key: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

fn key_at<K, V>(slots: &[Option<(K, V)>], slot: u32) -> Option<&K> {
    slots.get(slot as usize)?.as_ref().map(|(key, _)| key)
}

fn hash_at<K: Hash, V>(slots: &[Option<(K, V)>], hasher: &DefaultHashBuilder, slot: u32) -> u64 {
    key_at(slots, slot).map_or(0, |key| hasher.hash_one(key))
}
