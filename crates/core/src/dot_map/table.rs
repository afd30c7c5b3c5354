use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// A hash map whose entries keep their slot number until they are removed, so that an index of
/// dots can point at them.
///
/// Entries lie in chunks of 32 slots, without room for those that are free, and growing moves none
/// of the chunks before the last.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    chunks: Vec<Chunk<K, V>>,
    /// Slots from here on have never been used.
    end: u32,
    /// Slots before `end` that are free.
    free: Vec<u32>,
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// 32 slots.
#[derive(Clone, Debug)]
struct Chunk<K, V> {
    /// A bit for each slot in use.
    present: u32,
    /// Their entries, in the order of slots.
    entries: Vec<(K, V)>,
}

const WIDTH: u32 = u32::BITS;

/// How many of the bits of `present` are before `bit`, if that is among them.
fn rank(present: u32, bit: u32) -> Option<usize> {
    let before = (1 << bit) - 1;
    let is_present = present & (1 << bit) != 0;
    is_present.then(|| {
        if present & before == before { bit as usize } else { place(present, bit) } // the common case
    })
}

/// How many of the bits of `present` are before `bit`.
fn place(present: u32, bit: u32) -> usize {
    (present & ((1 << bit) - 1)).count_ones() as usize
}

impl<K, V> Chunk<K, V> {
    fn with_capacity(capacity: usize) -> Self {
        Self { present: 0, entries: Vec::with_capacity(capacity) }
    }

    fn slots(&self, at: u32) -> impl Iterator<Item = u32> + use<K, V> {
        let mut rest = self.present;
        core::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(at * WIDTH + bit)
        })
    }
}

impl<K, V> Table<K, V> {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
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

    /// Takes the entries out of `slots`, which are in ascending order, and passes over those that
    /// are free. The rest of their chunks is dropped, and the table may not be used any more.
    pub(super) fn drain(&mut self, slots: &[u32], mut visit: impl FnMut(K, V)) {
        let mut slots = slots.iter().copied().peekable();
        while let Some(first) = slots.peek().copied() {
            let at = first / WIDTH;
            let Some(chunk) = self.chunks.get_mut(at as usize) else { return };
            let present = core::mem::take(&mut chunk.present);
            let taken = Chunk { present, entries: core::mem::take(&mut chunk.entries) };
            for (slot, (key, value)) in taken.slots(at).zip(taken.entries) {
                while slots.next_if(|next| *next < slot).is_some() {}
                if slots.next_if(|next| *next == slot).is_some() {
                    visit(key, value);
                }
            }
            while slots.next_if(|next| *next / WIDTH == at).is_some() {}
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
        self.find_hashed(self.hasher.hash_one(key), key)
    }

    fn find_hashed<Q>(&self, hash: u64, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let is_key = |slot: &u32| {
            entry_at(&self.chunks, *slot).is_some_and(|(other, _)| other.borrow() == key)
        };
        self.by_key.find(hash, is_key).copied()
    }

    /// The slot of `key`, made with `value` if there is none, and whether it was made.
    pub(super) fn find_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> (u32, bool) {
        let hash = self.hasher.hash_one(&key);
        if let Some(slot) = self.find_hashed(hash, &key) {
            return (slot, false);
        }
        (self.insert_hashed(hash, key, value()), true)
    }

    /// A slot for an entry whose key is not here.
    pub(super) fn insert_new(&mut self, key: K, value: V) -> u32 {
        let hash = self.hasher.hash_one(&key);
        self.insert_hashed(hash, key, value)
    }

    /// The slot that the next new entry gets.
    pub(super) fn vacant(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.end)
    }

    fn insert_hashed(&mut self, hash: u64, key: K, value: V) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| self.next_slot());
        let bit = slot % WIDTH;
        let chunk = &mut self.chunks[(slot / WIDTH) as usize];
        if chunk.present >> bit == 0 {
            chunk.entries.push((key, value));
        } else {
            chunk.entries.insert(place(chunk.present, bit), (key, value));
        }
        chunk.present |= 1 << bit;
        let (chunks, hasher) = (&self.chunks, &self.hasher);
        self.by_key.insert_unique(hash, slot, |slot| hash_at(chunks, hasher, *slot));
        slot
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
    pub(super) fn reserve(&mut self, additional: usize) {
        let (chunks, hasher) = (&self.chunks, &self.hasher);
        self.by_key.reserve(additional, |slot| hash_at(chunks, hasher, *slot));
    }

    /// Takes the entry out of a slot.
    pub(super) fn take(&mut self, slot: u32) -> Option<(K, V)> {
        let entry = self.vacate(slot)?;
        let hash = self.hasher.hash_one(&entry.0);
        if let Ok(found) = self.by_key.find_entry(hash, |other| *other == slot) {
            found.remove();
        }
        Some(entry)
    }

    /// Takes the entry of a key out.
    pub(super) fn remove<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let chunks = &self.chunks;
        let is_key =
            |slot: &u32| entry_at(chunks, *slot).is_some_and(|(other, _)| other.borrow() == key);
        let found = self.by_key.find_entry(self.hasher.hash_one(key), is_key).ok()?;
        let (slot, _) = found.remove();
        self.vacate(slot)
    }

    /// Takes the entry out of a slot, and leaves `by_key` as it is.
    fn vacate(&mut self, slot: u32) -> Option<(K, V)> {
        let chunk = self.chunks.get_mut((slot / WIDTH) as usize)?;
        let at = rank(chunk.present, slot % WIDTH)?;
        chunk.present &= !(1 << (slot % WIDTH));
        let entry = chunk.entries.remove(at);
        if chunk.entries.len() * 4 <= chunk.entries.capacity() {
            chunk.entries.shrink_to(chunk.entries.len() * 2);
        }
        self.free.push(slot);
        Some(entry)
    }

    /// Gives the entries new slots without holes.
    pub(super) fn compact(&mut self) {
        let entries: Vec<(K, V)> =
            core::mem::take(&mut self.chunks).into_iter().flat_map(|chunk| chunk.entries).collect();
        (self.end, self.free) = (0, Vec::new());
        self.by_key = HashTable::with_capacity(entries.len());
        self.chunks.reserve_exact(entries.len().div_ceil(WIDTH as usize));
        for (key, value) in entries {
            self.insert_new(key, value);
        }
    }
}

impl<K: Clone, V: Clone> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        let Self { chunks, end, free, by_key, hasher } = self;
        Self {
            chunks: with_room(chunks),
            end: *end,
            free: free.clone(),
            by_key: by_key.clone(),
            hasher: hasher.clone(),
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            end: 0,
            free: Vec::new(),
            by_key: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

/// A copy with room, so that the first new item does not move all.
pub(super) fn with_room<T: Clone>(items: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(items.len() + items.len() / 8);
    copy.extend_from_slice(items);
    copy
}

fn entry_at<K, V>(chunks: &[Chunk<K, V>], slot: u32) -> Option<&(K, V)> {
    let chunk = chunks.get((slot / WIDTH) as usize)?;
    chunk.entries.get(rank(chunk.present, slot % WIDTH)?)
}

fn hash_at<K: Hash, V>(chunks: &[Chunk<K, V>], hasher: &DefaultHashBuilder, slot: u32) -> u64 {
    entry_at(chunks, slot).map_or(0, |(key, _)| hasher.hash_one(key))
}
