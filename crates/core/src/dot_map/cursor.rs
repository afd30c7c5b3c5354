use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use super::DotMap;
use crate::{DotStore, Writer};

/// Edits a [`DotMap`].
pub struct DotMapCursor<'a, K: Hash + Eq, V: DotStore> {
    value: &'a mut DotMap<K, V>,
    delta: &'a mut DotMap<K, V>,
    writer: Writer<'a>,
    open: Option<Open>,
}

/// The entry whose cursor has been handed out last.
#[derive(Clone, Copy)]
struct Open {
    slot: u32,
    delta_slot: u32,
    mark: usize,
}

impl<'a, K: Hash + Eq, V: DotStore> DotMapCursor<'a, K, V> {
    pub(super) fn new(
        value: &'a mut DotMap<K, V>,
        delta: &'a mut DotMap<K, V>,
        mut writer: Writer<'a>,
    ) -> Self {
        writer.journal().listen();
        Self { value, delta, writer, open: None }
    }

    /// The cursor of the value under `key`, from bottom if it is absent.
    ///
    /// The key is present afterwards if something was written under it.
    #[allow(clippy::expect_used, clippy::missing_panics_doc, reason = "the slots were just made")]
    pub fn entry(&mut self, key: K) -> V::Cursor<'_>
    where
        K: Clone,
    {
        self.close();
        let slot = self.value.table.find_or_insert(key.clone(), V::default);
        let delta_slot = self.delta.table.find_or_insert(key, V::default);
        let mark = self.writer.journal().mark();
        self.open = Some(Open { slot, delta_slot, mark });
        let value = self.value.table.value_mut(slot).expect("a fresh slot");
        let delta = self.delta.table.value_mut(delta_slot).expect("a fresh slot");
        value.cursor(delta, self.writer.reborrow())
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
        match self.value.table.find(key) {
            Some(slot) => {
                self.remove_slots(&[slot]);
                true
            }
            None => false,
        }
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
        self.remove_slots(&slots);
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
        let open = self.open.and_then(|open| self.value.table.at(open.slot));
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

    /// The entries in an order that may differ between equal maps. Computes in O(n) time.
    pub fn iter_unordered(&self) -> impl Iterator<Item = (&K, &V)> {
        self.value.iter_unordered().filter(|(_, value)| !value.is_bottom())
    }

    fn remove_slots(&mut self, slots: &[u32]) {
        if slots.is_empty() {
            return;
        }
        let mark = self.writer.journal().mark();
        for slot in slots {
            let Some((key, value)) = self.value.table.take(*slot) else { continue };
            value.dots(&mut |dot| {
                self.writer.supersede(dot);
                self.value.index.remove(dot);
                self.delta.index.remove(dot);
            });
            // What this same edit wrote under the key goes too.
            if let Some(slot) = self.delta.table.find(&key) {
                self.delta.table.take(slot);
            }
        }
        self.writer.mint_removal();
        self.writer.journal().settle(mark);
        self.value.shrink();
        self.delta.shrink();
    }

    /// Settles what has happened under the entry whose cursor was handed out last.
    fn close(&mut self) {
        if let Some(Open { slot, delta_slot, mark }) = self.open.take() {
            self.value.reindex(slot, self.writer.journal(), mark);
            self.delta.reindex(delta_slot, self.writer.journal(), mark);
            self.writer.journal().settle(mark);
            self.value.prune(slot);
            self.delta.prune(delta_slot);
        }
    }
}

impl<K: Hash + Eq, V: DotStore> Drop for DotMapCursor<'_, K, V> {
    fn drop(&mut self) {
        self.close();
        self.value.shrink();
        self.writer.journal().unlisten();
    }
}

impl<K: Hash + Eq, V: DotStore> fmt::Debug for DotMapCursor<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DotMapCursor").field("keys", &self.value.len()).finish_non_exhaustive()
    }
}
