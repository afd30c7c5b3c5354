use alloc::boxed::Box;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use super::chunk::{Chunk, WIDTH, place, rank};

/// A hash map whose entries keep their slot number until they are removed, so that an index of
/// dots can point at them.
///
/// Entries lie in chunks of 32 slots, without room for those that are free, and growing moves none
/// of the chunks before the last. A table of one chunk has no list of them, and one of a few
/// entries no hash table: deltas are such, and most maps inside of maps.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    chunks: SmallVec<[Chunk<K, V>; 1]>,
    /// Slots from here on have never been used.
    end: u32,
    /// Slots before `end` that are free.
    free: Vec<u32>,
    /// The slots of all entries, if there ever were more than a few.
    by_key: Option<Box<ByKey>>,
}

/// Up to so many entries are looked through one by one.
const FEW: usize = 8;

/// From keys to slots.
#[derive(Clone, Debug, Default)]
struct ByKey {
    slots: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<K, V> Table<K, V> {
    /// A table of one entry, in slot 0.
    pub(super) fn of_entry(key: K, value: V) -> Self {
        let chunk = Chunk { present: 1, entries: Vec::from([(key, value)]) };
        Self { chunks: SmallVec::from_buf([chunk]), end: 1, free: Vec::new(), by_key: None }
    }

    pub(super) fn len(&self) -> usize {
        self.end as usize - self.free.len()
    }

    /// How many slots there are, free ones included.
    pub(super) fn slots(&self) -> usize {
        self.end as usize
    }

    /// The entry in a slot.
    pub(super) fn at(&self, slot: u32) -> Option<(&K, &V)> {
        entry_at(&self.chunks, slot).map(|(key, value)| (key, value))
    }

    pub(super) fn value_mut(&mut self, slot: u32) -> Option<&mut V> {
        let chunk = self.chunks.get_mut((slot / WIDTH) as usize)?;
        let at = rank(chunk.present, slot % WIDTH)?;
        chunk.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Slots and entries, in the order of slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &K, &V)> {
        (0..).zip(&self.chunks).flat_map(|(at, chunk)| {
            chunk.slots(at).zip(&chunk.entries).map(|(slot, (key, value))| (slot, key, value))
        })
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.chunks.iter_mut().flat_map(|chunk| &mut chunk.entries).map(|(_, value)| value)
    }

    pub(super) fn into_entries(self) -> impl Iterator<Item = (K, V)> {
        self.chunks.into_iter().flat_map(|chunk| chunk.entries)
    }

    /// A table with the same keys in the same slots, and the values that `value` gives.
    pub(super) fn map(&self, mut value: impl FnMut(&V) -> V) -> Self
    where
        K: Clone,
    {
        let mut chunks = SmallVec::with_capacity(self.chunks.len());
        chunks.extend(self.chunks.iter().map(|Chunk { present, entries }| Chunk {
            present: *present,
            entries: entries.iter().map(|(key, old)| (key.clone(), value(old))).collect(),
        }));
        Self { chunks, end: self.end, free: self.free.clone(), by_key: self.by_key.clone() }
    }

    /// Takes the entries out of `slots`, which are in ascending order, those of one chunk at a
    /// time, and passes over slots that are free. The rest of their chunks is dropped, and the
    /// table may not be used any more.
    pub(super) fn drain(&mut self, slots: &[u32], mut visit: impl FnMut(Vec<(K, V)>)) {
        for slots in slots.chunk_by(|a, b| a / WIDTH == b / WIDTH) {
            let Some(chunk) = self.chunks.get_mut((slots[0] / WIDTH) as usize) else { return };
            let wanted = slots.iter().fold(0, |wanted, slot| wanted | 1 << (slot % WIDTH));
            let mut entries = core::mem::take(&mut chunk.entries);
            let mut rest = core::mem::take(&mut chunk.present);
            if rest & !wanted != 0 {
                entries.retain(|_| {
                    let bit = rest & rest.wrapping_neg();
                    rest &= !bit;
                    wanted & bit != 0
                });
            }
            visit(entries);
        }
    }

    /// Whether so few slots are in use that [`compact`](Table::compact) pays: at most an eighth.
    pub(super) fn is_sparse(&self) -> bool {
        self.end > WIDTH && self.len() * 8 <= self.end as usize
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    pub(super) fn find<Q>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Some(by_key) = &self.by_key else {
            let chunk = self.chunks.first()?;
            let mut entries = chunk.slots(0).zip(&chunk.entries);
            return entries.find(|(_, (other, _))| other.borrow() == key).map(|(slot, _)| slot);
        };
        let is_key = |slot: &u32| has_key(&self.chunks, *slot, key);
        by_key.slots.find(by_key.hasher.hash_one(key), is_key).copied()
    }

    /// The slot of `key`, made with `value` if there is none, and whether it was made.
    pub(super) fn find_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> (u32, bool) {
        match self.insert_with(key, (), |()| value()) {
            Ok(slot) => (slot, true),
            Err((slot, _, ())) => (slot, false),
        }
    }

    /// The slot that `key` gets with `value`, or the one where it is, and `value` back.
    pub(super) fn insert_if_absent(&mut self, key: K, value: V) -> Result<u32, (u32, V)> {
        self.insert_with(key, value, |value| value).map_err(|(slot, _, value)| (slot, value))
    }

    /// The slot that `key` gets with what `value` makes of `seed`, or the one where it is, and both
    /// back.
    #[inline]
    pub(super) fn insert_with<S>(
        &mut self,
        key: K,
        seed: S,
        value: impl FnOnce(S) -> V,
    ) -> Result<u32, (u32, K, S)> {
        if self.by_key.is_some() {
            self.reserve(1); // of a few entries, the key may be one
        }
        let vacant = self.vacant();
        let Some(by_key) = &mut self.by_key else {
            return match self.find(&key) {
                Some(slot) => Err((slot, key, seed)),
                None => Ok(self.insert_new(key, value(seed))),
            };
        };
        let (chunks, ByKey { slots, hasher }) = (&self.chunks, &mut **by_key);
        let is_key = |slot: &u32| has_key(chunks, *slot, &key);
        match slots.entry(hasher.hash_one(&key), is_key, |slot| hash_at(chunks, hasher, *slot)) {
            Entry::Occupied(found) => Err((*found.get(), key, seed)),
            Entry::Vacant(place) => {
                place.insert(vacant);
                self.fill(key, value(seed));
                Ok(vacant)
            }
        }
    }

    /// A slot for an entry whose key is not here.
    pub(super) fn insert_new(&mut self, key: K, value: V) -> u32 {
        self.reserve(1);
        let slot = self.vacant();
        if let Some(by_key) = &mut self.by_key {
            let (chunks, ByKey { slots, hasher }) = (&self.chunks, &mut **by_key);
            let hash = hasher.hash_one(&key);
            slots.insert_unique(hash, slot, |slot| hash_at(chunks, hasher, *slot));
        }
        self.fill(key, value);
        slot
    }

    /// The slot that the next new entry gets.
    pub(super) fn vacant(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.end)
    }

    /// Puts an entry into the slot that is [`vacant`](Table::vacant), where it is not found by its
    /// key.
    pub(super) fn fill(&mut self, key: K, value: V) {
        let slot = self.free.pop().unwrap_or_else(|| self.next_slot());
        let bit = slot % WIDTH;
        let chunk = &mut self.chunks[(slot / WIDTH) as usize];
        if chunk.present >> bit == 0 {
            chunk.entries.push((key, value));
        } else {
            chunk.entries.insert(place(chunk.present, bit), (key, value));
        }
        chunk.present |= 1 << bit;
    }

    /// # Panics
    ///
    /// With more than 2³² entries.
    #[allow(clippy::expect_used, reason = "2³² entries do not fit into memory beside their index")]
    fn next_slot(&mut self) -> u32 {
        let slot = self.end;
        self.end = slot.checked_add(1).expect("more than 2^32 entries");
        if slot.is_multiple_of(WIDTH) {
            // The first chunk grows as it must; later ones are going to be filled.
            let capacity = if slot == 0 { 0 } else { WIDTH as usize };
            self.chunks.push(Chunk::with_capacity(capacity));
        }
        slot
    }

    /// Makes room for so many further entries.
    #[inline]
    pub(super) fn reserve(&mut self, additional: usize) {
        let is_enough = match &self.by_key {
            Some(by_key) => by_key.slots.capacity() - by_key.slots.len() >= additional,
            None => self.len() + additional <= FEW,
        };
        if !is_enough {
            self.grow(additional);
        }
    }

    /// Makes a hash table with room for so many further entries, and for half of those that are
    /// here.
    ///
    /// It takes them in the order of slots: a table that grows by itself takes them in that of
    /// hashes, and waits for the memory of nearly each.
    #[inline(never)]
    fn grow(&mut self, additional: usize) {
        let len = self.len();
        let mut grown = HashTable::with_capacity(len + additional.max(len / 2));
        let ByKey { slots, hasher } = &mut **self.by_key.get_or_insert_default();
        for (at, chunk) in (0..).zip(&self.chunks) {
            for (slot, (key, _)) in chunk.slots(at).zip(&chunk.entries) {
                let hash = |slot: &u32| hash_at(&self.chunks, hasher, *slot);
                grown.insert_unique(hasher.hash_one(key), slot, hash);
            }
        }
        *slots = grown;
    }

    /// Takes the entry out of a slot.
    pub(super) fn take(&mut self, slot: u32) -> Option<(K, V)> {
        let entry = self.vacate(slot)?;
        if let Some(by_key) = &mut self.by_key {
            let hash = by_key.hasher.hash_one(&entry.0);
            if let Ok(found) = by_key.slots.find_entry(hash, |other| *other == slot) {
                found.remove();
            }
        }
        Some(entry)
    }

    /// Takes the entry of a key out.
    pub(super) fn remove<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = match &mut self.by_key {
            Some(by_key) => {
                let (chunks, ByKey { slots, hasher }) = (&self.chunks, &mut **by_key);
                let is_key = |slot: &u32| has_key(chunks, *slot, key);
                slots.find_entry(hasher.hash_one(key), is_key).ok()?.remove().0
            }
            None => self.find(key)?,
        };
        self.vacate(slot)
    }

    /// Takes the entry out of a slot, and leaves `by_key` as it is.
    fn vacate(&mut self, slot: u32) -> Option<(K, V)> {
        let chunk = self.chunks.get_mut((slot / WIDTH) as usize)?;
        let at = rank(chunk.present, slot % WIDTH)?;
        chunk.present &= !(1 << (slot % WIDTH));
        let entry = chunk.entries.remove(at);
        let (len, capacity) = (chunk.entries.len(), chunk.entries.capacity());
        if len == 0 || len * 4 <= capacity && capacity > WIDTH as usize / 4 {
            chunk.entries.shrink_to(len * 2);
        }
        self.free.push(slot);
        Some(entry)
    }

    /// Gives the entries new slots without holes.
    pub(super) fn compact(&mut self) {
        let count = self.len();
        let old = core::mem::take(self);
        self.reserve(count);
        self.chunks.reserve_exact(count.div_ceil(WIDTH as usize));
        for (key, value) in old.into_entries() {
            self.insert_new(key, value);
        }
    }
}

impl<K: Clone, V: Clone> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        let Self { chunks, end, free, by_key } = self;
        let (end, free, by_key) = (*end, free.clone(), by_key.clone());
        Self { chunks: with_room(chunks), end, free, by_key }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { chunks: SmallVec::new(), end: 0, free: Vec::new(), by_key: None }
    }
}

/// A copy with room, so that the first new item does not move all.
pub(super) fn with_room<T: Clone>(items: &[T]) -> SmallVec<[T; 1]> {
    let mut copy = SmallVec::with_capacity(items.len() + items.len() / 8);
    copy.extend(items.iter().cloned());
    copy
}

fn entry_at<K, V>(chunks: &[Chunk<K, V>], slot: u32) -> Option<&(K, V)> {
    let chunk = chunks.get((slot / WIDTH) as usize)?;
    chunk.entries.get(rank(chunk.present, slot % WIDTH)?)
}

fn has_key<K, V, Q>(chunks: &[Chunk<K, V>], slot: u32, key: &Q) -> bool
where
    K: Borrow<Q>,
    Q: Eq + ?Sized,
{
    entry_at(chunks, slot).is_some_and(|(other, _)| other.borrow() == key)
}

fn hash_at<K: Hash, V>(chunks: &[Chunk<K, V>], hasher: &DefaultHashBuilder, slot: u32) -> u64 {
    entry_at(chunks, slot).map_or(0, |(key, _)| hasher.hash_one(key))
}

#[cfg(test)]
mod tests {
    use super::{FEW, Table};

    #[test]
    fn a_small_map_made_a_hash_table_for_a_key_that_it_had() {
        let mut table = Table::default();
        for key in (0..FEW).chain(0..FEW) {
            table.find_or_insert(key, || ());
        }
        assert!(table.by_key.is_none());
        table.find_or_insert(FEW, || ());
        assert!(table.by_key.is_some());
        assert!((0..=FEW).all(|key| table.find(&key).is_some()));
    }
}
