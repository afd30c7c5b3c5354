use alloc::vec::Vec;
use core::hash::Hash;

use hashbrown::HashMap;

/// Collects things in the order of their first use: the ids of replicas, and the names of variants.
#[derive(Default)]
pub(crate) struct Table<T> {
    items: Vec<T>,
    /// Only from the second one on.
    places: HashMap<T, usize>,
    /// The place that was asked for last: most questions repeat.
    last: usize,
}

impl<T: Copy + Eq + Hash> Table<T> {
    /// The place of `item`, which is behind the others if it is new.
    #[inline]
    pub(crate) fn place(&mut self, item: T) -> usize {
        if self.items.get(self.last) != Some(&item) {
            self.last = self.look_up(item);
        }
        self.last
    }

    fn look_up(&mut self, item: T) -> usize {
        if let [first] = self.items[..] {
            self.places.insert(first, 0);
        }
        let next = self.items.len();
        if next == 0 {
            self.items.push(item);
            return 0;
        }
        let place = *self.places.entry(item).or_insert(next);
        if place == next {
            self.items.push(item);
        }
        place
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }
}

/// Whether nothing is there twice. Computes in O(n log n) time.
pub(crate) fn is_unique<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut sorted: Vec<T> = items.collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}
