mod chunk;
mod cursor;
mod dot_store;
mod index;
mod page;
mod table;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_clocks::{CausalContext, Dot};
use smallvec::SmallVec;

pub use self::cursor::DotMapCursor;
use self::index::DotIndex;
use self::table::Table;
use crate::DotStore;
use crate::store::{Journal, Note};

/// A map from keys to dot stores: what sets and maps with removal are made of.
///
/// A key is present while any dot is live under it. Under concurrency, a removal takes the dots
/// that it saw, at every depth; a concurrent write under the same key stays.
///
/// Look-ups are those of a hash map, O(1). An index from dots to entries makes a merge cost what
/// the other side brings or removes, O(k log n), and not a walk of what is here. Iteration is in
/// ascending order of keys, which it sorts for: O(n log n).
///
/// The methods that edit it are those of [`DotMapCursor`].
///
/// Source: Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.1.
#[derive(Clone)]
#[rustfmt::skip] // which would move the comment away from the line that messages show
pub struct DotMap<K, V> { // `V` is a dot store: a lattice, such as a `Max`, goes in as `Dotted<V>`
    /// No entry is bottom, but for the one that a cursor has open.
    table: Table<K, V>,
    /// Every live dot below, and the slot of its entry.
    index: DotIndex,
}

impl<K, V> DotMap<K, V> {
    /// How many keys are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no key is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in ascending order of keys. Computes in O(n log n) time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + DoubleEndedIterator
    where
        K: Ord,
    {
        let mut entries: Vec<_> = self.table.iter().map(|(_, key, value)| (key, value)).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.into_iter()
    }

    /// The entries in an order that may differ between equal maps. Computes in O(n) time.
    pub fn iter_unordered(&self) -> impl Iterator<Item = (&K, &V)> {
        self.table.iter().map(|(_, key, value)| (key, value))
    }

    /// The entries in ascending order of their lowest dots, which is the order of writing where one
    /// replica writes. Equal maps have the same order. Computes in O(n) time, and sorts one number
    /// for every 64 dots.
    pub fn iter_by_dot(&self) -> impl Iterator<Item = (&K, &V)> {
        let mut is_visited = alloc::vec![false; self.table.slots()];
        self.index.iter().filter_map(move |(_, slot)| {
            let is_visited = is_visited.get_mut(slot as usize)?;
            if core::mem::replace(is_visited, true) { None } else { self.table.at(slot) }
        })
    }

    /// The entries by value, in ascending order of keys.
    fn into_sorted(self) -> Vec<(K, V)>
    where
        K: Ord,
    {
        let mut entries: Vec<_> = self.table.into_entries().collect();
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        entries
    }
}

impl<K: Hash + Eq, V> DotMap<K, V> {
    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.table.at(self.table.find(key)?).map(|(_, value)| value)
    }

    /// Whether `key` is present.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.table.find(key).is_some()
    }
}

/// Slots of entries, in ascending order and once each.
type Slots = SmallVec<[u32; 4]>;

/// What a join has to look at.
struct Touched {
    losing: Slots,
    bringing: Slots,
    /// Whether no dot of the other side has been seen here.
    all_unseen: bool,
}

impl<K: Hash + Ord, V: DotStore> DotMap<K, V> {
    /// Calls `visit` with the keys that joining `other` would look at, in ascending order, and
    /// their values here and there: everything else stays as it is. Computes in O(k log n) time for
    /// k keys.
    #[allow(clippy::type_complexity, reason = "a visitor of a key and two values")]
    pub fn compare(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(&K, Option<&V>, Option<&V>),
    ) {
        let Touched { losing, bringing, .. } = self.touched(own, other, theirs);
        let mine = losing.iter().filter_map(|slot| self.table.at(*slot));
        let yours = bringing.iter().filter_map(|slot| other.table.at(*slot));
        let mut keys: Vec<&K> = mine.chain(yours).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            visit(key, self.get(key), other.get(key));
        }
    }
}

impl<K: Hash + Eq, V: DotStore> DotMap<K, V> {
    /// Brings the index up to date with what `journal` says happened in a slot since `mark`, and
    /// drops the entry if it is bottom. Returns its key then.
    fn settle(&mut self, slot: u32, journal: &mut Journal, mark: usize) -> Option<K> {
        let notes = journal.since(mark);
        for note in notes {
            match *note {
                Note::Added(dot) => {
                    self.index.insert(dot, slot);
                }
                Note::Removed(dot) => self.index.remove(dot),
            }
        }
        // What was added last is live.
        let is_live = matches!(notes.last(), Some(Note::Added(_)));
        let pruned = if is_live { None } else { self.prune(slot) };
        journal.settle(mark);
        pruned
    }

    /// Enters the dots of a value that is new in a slot.
    fn enter(&mut self, slot: u32, journal: &mut Journal) {
        let Some((_, value)) = self.table.at(slot) else { return };
        let is_watched = journal.is_watched_by_others();
        value.dots(&mut |dot| {
            self.index.insert(dot, slot);
            if is_watched {
                journal.added(dot);
            }
        });
    }

    /// Drops the entry in a slot if it is bottom, and returns its key then.
    fn prune(&mut self, slot: u32) -> Option<K> {
        let is_bottom = self.table.at(slot).is_some_and(|(_, value)| value.is_bottom());
        if is_bottom { self.table.take(slot).map(|(key, _)| key) } else { None }
    }

    /// Adds an entry to a map of what an edit has taken out, which is mostly dropped unread: it
    /// stays without an index, and may have one key several times, until it is [sorted
    /// out](DotMap::sorted_out).
    fn set_aside(&mut self, key: K, value: V) {
        self.table.fill(key, value);
    }

    /// Whether entries have only been [set aside](DotMap::set_aside).
    fn is_aside(&self) -> bool {
        self.index.len() == 0 && !self.is_empty()
    }

    /// The map of what was set aside.
    fn sorted_out(self) -> Self {
        let (mut map, nothing) = (Self::default(), CausalContext::new());
        let journal = &mut Journal::new();
        journal.listen();
        for (key, aside) in self.table.into_entries() {
            let (slot, _) = map.table.find_or_insert(key, V::default);
            map.join_at(slot, &nothing, aside, &nothing, journal);
        }
        map
    }

    /// Gives memory back after many removals. Computes in O(1) time, amortised.
    fn shrink(&mut self) {
        if self.table.is_sparse() {
            self.table.compact();
            self.reindex_all();
        }
    }

    fn reindex_all(&mut self) {
        self.index.clear();
        for (slot, _, value) in self.table.iter() {
            value.dots(&mut |dot| {
                self.index.insert(dot, slot);
            });
        }
    }

    /// The slots here that lose a dot, and those there that bring one, in ascending order.
    ///
    /// A dot that both have live is the same piece on both sides, and stays. So only these have to
    /// be looked at in a join.
    fn touched(&self, own: &CausalContext, other: &Self, theirs: &CausalContext) -> Touched {
        let (mut losing, mut bringing) = (Slots::new(), Slots::new());
        self.index.hits(theirs, Some(&other.index), |_, slot| losing.push(slot));
        other.index.unseen(own, |_, slot| bringing.push(slot));
        let all_unseen = bringing.len() == other.index.len();
        Touched { losing: ascending(losing), bringing: ascending(bringing), all_unseen }
    }

    /// Joins `value` into the entry in `slot`.
    fn join_at(
        &mut self,
        slot: u32,
        own: &CausalContext,
        value: V,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let Some(mine) = self.table.value_mut(slot) else { return false };
        let mark = journal.mark();
        let changed = mine.join(own, value, theirs, journal);
        self.settle(slot, journal, mark);
        changed
    }

    /// A map of one entry that has one dot.
    pub(crate) fn of_piece(key: K, value: V, dot: Dot) -> Self {
        Self { table: Table::of_entry(key, value), index: DotIndex::of_dot(dot, 0) }
    }

    /// A map of about `count` entries with different keys, none of which holds a dot of another.
    fn from_entries(count: usize, entries: impl Iterator<Item = (K, V)>) -> Self {
        let mut map = Self::default();
        map.table.reserve(count);
        for (key, value) in entries {
            if !value.is_bottom() {
                let slot = map.table.vacant();
                value.dots(&mut |dot| {
                    map.index.insert(dot, slot);
                });
                map.table.insert_new(key, value);
            }
        }
        map
    }
}

/// What is in `slots`, once each and in ascending order.
fn ascending(mut slots: Slots) -> Slots {
    if !slots.is_sorted_by(|a, b| a < b) {
        slots.sort_unstable();
        slots.dedup();
    }
    slots
}

impl<K, V> Default for DotMap<K, V> {
    fn default() -> Self {
        Self { table: Table::default(), index: DotIndex::default() }
    }
}

impl<K: Hash + Eq, V: PartialEq> PartialEq for DotMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter_unordered().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Hash + Eq, V: Eq> Eq for DotMap<K, V> {}

impl<K: Ord + Hash, V: Hash> Hash for DotMap<K, V> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        for entry in self.iter() {
            entry.hash(state);
        }
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for DotMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V> IntoIterator for DotMap<K, V> {
    type Item = (K, V);
    type IntoIter = alloc::vec::IntoIter<(K, V)>;

    /// The entries by value, in ascending order of keys.
    fn into_iter(self) -> Self::IntoIter {
        self.into_sorted().into_iter()
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::hash::Hash;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Dot, DotMap};
    use crate::{DotStore, wire};

    /// In ascending order of keys in human-readable formats, otherwise of the lowest dots: what was
    /// written one after the other is then together, and so are its dots.
    impl<K: Ord + Serialize, V: Serialize> Serialize for DotMap<K, V> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let entries: Vec<_> = if serializer.is_human_readable() {
                self.iter().collect()
            } else {
                self.iter_by_dot().collect()
            };
            wire::serialize_entries(entries.into_iter(), serializer)
        }
    }

    impl<'de, K, V> Deserialize<'de> for DotMap<K, V>
    where
        K: Ord + Hash + Deserialize<'de>,
        V: DotStore + Deserialize<'de>,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let in_order_of_keys = deserializer.is_human_readable();
            let mut map = Self::default();
            let mut last: Option<(u32, Dot)> = None;
            wire::deserialize_entries(deserializer, |hint, key, value: V| {
                if hint > 0 {
                    map.table.reserve(hint);
                }
                let (slot, is_new) = map.table.find_or_insert(key, || value);
                let Some((key, value)) = map.table.at(slot).filter(|_| is_new) else {
                    return Err(String::from("a key is there twice"));
                };
                let mut least: Option<Dot> = None;
                let mut twice = None;
                value.dots(&mut |dot| {
                    least = Some(least.map_or(dot, |least| least.min(dot)));
                    if !map.index.insert(dot, slot) {
                        twice = Some(dot);
                    }
                });
                if let Some(dot) = twice {
                    return Err(format!("dot {dot} is live at two places"));
                }
                let least = least.ok_or("a key without any live dot")?;
                if let Some((before, dot)) = last.replace((slot, least)) {
                    let before = || map.table.at(before).map(|(key, _)| key);
                    if in_order_of_keys && before() >= Some(key) {
                        return Err("keys are not in ascending order".into());
                    }
                    if !in_order_of_keys && dot >= least {
                        return Err("entries are not in ascending order of their dots".into());
                    }
                }
                Ok(())
            })?;
            Ok(map)
        }
    }
}
