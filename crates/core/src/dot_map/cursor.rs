use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_clocks::Dot;

use super::DotMap;
use crate::DotStore;
use crate::store::Writer;

/// Edits a [`DotMap`].
pub struct DotMapCursor<'a, K: Clone + Hash + Eq, V: DotStore> {
    value: &'a mut DotMap<K, V>,
    writer: Writer<'a, DotMap<K, V>>,
    open: Option<Open<V>>,
}

/// The entry whose cursor has been handed out last.
struct Open<V> {
    slot: u32,
    mark: usize,
    /// What that cursor has taken out.
    removed: V,
}

impl<'a, K: Clone + Hash + Eq, V: DotStore> DotMapCursor<'a, K, V> {
    pub(super) fn new(value: &'a mut DotMap<K, V>, mut writer: Writer<'a, DotMap<K, V>>) -> Self {
        writer.journal().listen();
        Self { value, writer, open: None }
    }

    /// The cursor of the value under `key`, from bottom if it is absent.
    ///
    /// The key is present afterwards if something was written under it.
    #[allow(clippy::expect_used, clippy::missing_panics_doc, reason = "the slot was just made")]
    pub fn entry(&mut self, key: K) -> V::Cursor<'_> {
        self.close();
        let (slot, _) = self.value.table.find_or_insert(key, V::default);
        let mark = self.writer.journal().mark();
        let Open { removed, .. } = self.open.insert(Open { slot, mark, removed: V::default() });
        let value = self.value.table.value_mut(slot).expect("a fresh slot");
        value.cursor(self.writer.within(removed))
    }

    /// Puts what `piece` makes of a fresh dot under `key`, instead of what is there, and returns
    /// whether the key was absent.
    ///
    /// The piece lives under that dot and no other. This is [`entry`](DotMapCursor::entry) and a
    /// write in one step: under concurrency, both writes stay, and a removal takes those that it
    /// saw. Computes in O(d log n) time for the d dots that were under the key.
    pub fn put(&mut self, key: K, piece: impl FnOnce(Dot) -> V) -> bool {
        self.close();
        let dot = self.writer.mint_unnoted();
        let (slot, is_new) = match self.value.table.insert_with(key, piece, |piece| piece(dot)) {
            Ok(slot) => (slot, true),
            Err((slot, key, piece)) => {
                if let Some(place) = self.value.table.value_mut(slot) {
                    let old = core::mem::replace(place, piece(dot));
                    self.supersede(key, old);
                }
                (slot, false)
            }
        };
        self.value.index.insert(dot, slot);
        let journal = self.writer.journal();
        if journal.is_watched_by_others() {
            journal.added(dot);
        }
        is_new
    }

    /// Makes room for so many further keys, as for a bulk load. Computes in O(n) time for the n
    /// keys that are here, if there is not enough.
    pub fn reserve(&mut self, additional: usize) {
        self.value.table.reserve(additional);
    }

    /// Removes `key` with everything under it, and returns whether it was present.
    ///
    /// Computes in O(d log n) time for the d dots under the key.
    pub fn remove<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.close();
        let Some((key, value)) = self.value.table.remove(key) else { return false };
        self.supersede(key, value);
        self.finish_removal();
        true
    }

    /// Removes every key; one removal for all.
    pub fn clear(&mut self) {
        self.retain(|_, _| false);
    }

    /// Keeps the entries that `keep` accepts; one removal for all others.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.close();
        let slots: Vec<u32> = self
            .value
            .table
            .iter()
            .filter(|(_, key, value)| !keep(key, value))
            .map(|(slot, _, _)| slot)
            .collect();
        if slots.is_empty() {
            return;
        }
        for slot in slots {
            if let Some((key, value)) = self.value.table.take(slot) {
                self.supersede(key, value);
            }
        }
        self.finish_removal();
    }

    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // An entry that was handed out and left empty is not there.
        self.value.get(key).filter(|value| !value.is_bottom())
    }

    /// Whether `key` is present.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key).is_some()
    }

    /// How many keys are present.
    #[must_use]
    pub fn len(&self) -> usize {
        let open = self.open.as_ref().and_then(|open| self.value.table.at(open.slot));
        self.value.len() - usize::from(open.is_some_and(|(_, value)| value.is_bottom()))
    }

    /// Whether no key is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in ascending order of keys. Computes in O(n log n) time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)>
    where
        K: Ord,
    {
        self.value.iter().filter(|(_, value)| !value.is_bottom())
    }

    /// The entries in ascending order of their lowest dots, which is the same in equal maps.
    /// Computes in O(n) time.
    pub fn iter_by_dot(&mut self) -> impl Iterator<Item = (&K, &V)> {
        self.close();
        self.value.iter_by_dot()
    }

    /// The entries in an order that may differ between equal maps. Computes in O(n) time.
    pub fn iter_unordered(&self) -> impl Iterator<Item = (&K, &V)> {
        self.value.iter_unordered().filter(|(_, value)| !value.is_bottom())
    }

    /// Notes that what was under `key` is gone, and keeps it for the case that the edit fails.
    fn supersede(&mut self, key: K, value: V) {
        let mark = self.writer.journal().mark();
        value.dots(&mut |dot| {
            self.writer.supersede(dot);
            self.value.index.remove(dot);
        });
        self.writer.journal().settle(mark);
        self.writer.removed().set_aside(key, value);
    }

    fn finish_removal(&mut self) {
        self.writer.mint_removal();
        self.value.shrink();
    }

    /// Settles what has happened under the entry whose cursor was handed out last.
    fn close(&mut self) {
        let Some(Open { slot, mark, removed }) = self.open.take() else { return };
        let pruned = self.value.settle(slot, self.writer.journal(), mark);
        if !removed.is_bottom()
            && let Some(key) = pruned.or_else(|| Some(self.value.table.at(slot)?.0.clone()))
        {
            self.writer.removed().set_aside(key, removed);
        }
    }
}

impl<K: Clone + Hash + Eq, V: DotStore> Drop for DotMapCursor<'_, K, V> {
    fn drop(&mut self) {
        self.close();
        self.value.shrink();
        self.writer.journal().unlisten();
    }
}

impl<K: Clone + Hash + Eq, V: DotStore> fmt::Debug for DotMapCursor<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DotMapCursor").field("keys", &self.value.len()).finish_non_exhaustive()
    }
}
