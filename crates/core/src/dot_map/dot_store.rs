use alloc::vec::Vec;
use core::hash::Hash;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use super::{DotMap, DotMapCursor, Slots, Touched, ascending};
use crate::store::{Journal, Writer};
use crate::watch::survives;
use crate::{DotStore, EntryChange, WatchStore};

/// A map of so many keys is in no cache: some 10 MB and more.
const LARGE: usize = 1 << 18;

impl<K: Clone + Hash + Eq, V: DotStore> DotStore for DotMap<K, V> {
    type Cursor<'a>
        = DotMapCursor<'a, K, V>
    where
        K: 'a,
        V: 'a;

    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> DotMapCursor<'a, K, V> {
        DotMapCursor::new(self, writer)
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        self.index.iter().next().map(|(dot, _)| dot)
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        if self.is_aside() {
            self.table.iter().for_each(|(_, _, value)| value.dots(visit));
        } else {
            self.index.iter().for_each(|(dot, _)| visit(dot));
        }
    }

    fn windows(&self, visit: &mut dyn FnMut(ReplicaId, u64, u64)) {
        self.index.windows(visit);
    }

    fn join(
        &mut self,
        own: &CausalContext,
        mut other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        if other.is_aside() {
            other = other.sorted_out();
        }
        let Touched { losing, bringing, all_unseen } = self.touched(own, &other, theirs);
        let mut changed = false;
        journal.listen();
        for slot in losing {
            let Some((key, _)) = self.table.at(slot) else { continue };
            let value = other.table.find(key).and_then(|slot| other.table.take(slot));
            let value = value.map(|(_, value)| value).unwrap_or_default();
            changed |= self.join_at(slot, own, value, theirs, journal);
        }
        other.table.drain(&bringing, |entries| {
            if self.len() >= LARGE {
                // All keys are looked up at once, so that the processor waits for the memory of
                // several at a time.
                let new = entries.iter().filter(|(key, _)| self.table.find(key).is_none());
                let new = new.count();
                self.table.reserve(new);
            }
            for (key, value) in entries {
                let (slot, value) = if all_unseen || is_unseen(&value, own) {
                    match self.table.insert_if_absent(key, value) {
                        Ok(slot) => {
                            self.enter(slot, journal);
                            changed = true;
                            continue;
                        }
                        Err(there) => there,
                    }
                } else {
                    (self.table.find_or_insert(key, V::default).0, value)
                };
                changed |= self.join_at(slot, own, value, theirs, journal);
            }
        });
        journal.unlisten();
        self.shrink();
        changed
    }

    fn within(&self, dots: &CausalContext) -> Self {
        let (mut slots, mut last) = (Slots::new(), None);
        self.index.hits(dots, None, |dot, slot| {
            slots.push(slot);
            last = Some(dot);
        });
        let hits = slots.len();
        if let ([slot], Some(dot)) = (&*slots, last) {
            let Some((key, value)) = self.table.at(*slot) else { return Self::default() };
            return Self::of_piece(key.clone(), value.within(dots), dot);
        }
        let slots = ascending(slots);
        if slots.len() == self.len() && hits == self.index.len() {
            // All, as after filling an empty map, or for a peer that has nothing.
            let table = self.table.map(|value| value.within(dots));
            return Self { table, index: self.index.clone() };
        }
        let entry = |slot: &u32| {
            let (key, value) = self.table.at(*slot)?;
            Some((key.clone(), value.within(dots)))
        };
        Self::from_entries(slots.len(), slots.iter().filter_map(entry))
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        for (_, key, value) in self.table.iter() {
            value.pieces(&mut |dot, piece| {
                visit(dot, Self::of_piece(key.clone(), piece, dot));
            });
        }
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        self.table.values_mut().for_each(|value| value.relabel(label));
        self.reindex_all();
    }
}

impl<K: Clone + Hash + Ord, V: WatchStore + Clone> WatchStore for DotMap<K, V> {
    type Change = EntryChange<K, V::Change>;

    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(Self::Change),
    ) {
        let bottom = V::default();
        self.compare(own, other, theirs, &mut |key, mine, yours| {
            let (before, other) = (mine.unwrap_or(&bottom), yours.unwrap_or(&bottom));
            let is = survives(before, own, other, theirs);
            let mut changes = Vec::new();
            if mine.is_some() && is {
                before.changes(own, other, theirs, &mut |change| changes.push(change));
            }
            EntryChange::of(key.clone(), mine.is_some(), is, changes)
                .into_iter()
                .for_each(&mut *visit);
        });
    }
}

/// Whether no dot of `value` is in `own`.
fn is_unseen(value: &impl DotStore, own: &CausalContext) -> bool {
    let mut unseen = true;
    value.dots(&mut |dot| unseen &= !own.contains(dot));
    unseen
}
