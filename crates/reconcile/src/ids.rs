//! Sets that can be reconciled.

use std::collections::{BTreeSet, btree_set};
use std::ops::RangeInclusive;

use crate::Summary;
use crate::mix::mix;

/// A set of 64-bit ids in order, with its summary kept up to date.
///
/// Ids must be keyed hashes: see [`Summary`]. [`IdSet`] is one in memory; a store implements this
/// over an index that it has anyway.
pub trait Ids {
    /// The summary of exactly the ids that are in the set now.
    fn summary(&self) -> &Summary;

    /// Whether `id` is in the set.
    fn contains(&self, id: u64) -> bool;

    /// Hands the ids in `range` to `visit` in ascending order, until it returns false.
    fn scan(&self, range: RangeInclusive<u64>, visit: &mut dyn FnMut(u64) -> bool);
}

/// A set of ids in memory.
///
/// ```
/// use rejoin_reconcile::{IdSet, Ids};
///
/// let mut ids = IdSet::new();
/// assert!(ids.insert(0x0123_4567_89ab_cdef));
/// assert!(!ids.insert(0x0123_4567_89ab_cdef));
/// assert_eq!(ids.summary().len(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct IdSet {
    ids: BTreeSet<u64>,
    summary: Summary,
}

impl IdSet {
    /// No ids.
    #[must_use]
    pub fn new() -> Self {
        Self { ids: BTreeSet::new(), summary: Summary::with_capacity(0) }
    }

    /// Adds an id; returns false if it was there.
    ///
    /// Computes in O(log n) time, amortised: the summary is made anew whenever the set has grown
    /// sixteenfold.
    pub fn insert(&mut self, id: u64) -> bool {
        let inserted = self.ids.insert(id);
        if inserted {
            self.summary.insert(id);
            let level = Summary::level_for(self.ids.len());
            if level >= self.summary.level() + 4
                || (level == crate::summary::MAX_LEVEL && level > self.summary.level())
            {
                self.rebuild(level);
            }
        }
        inserted
    }

    /// Takes an id out; returns false if it was not there.
    ///
    /// Computes in O(log n) time, amortised; a set that has become small takes little room again.
    pub fn remove(&mut self, id: u64) -> bool {
        let removed = self.ids.remove(&id);
        if removed {
            self.summary.remove(id);
            let level = Summary::level_for(self.ids.len());
            if level + 6 <= self.summary.level() {
                self.summary.coarsen(level);
            }
        }
        removed
    }

    fn rebuild(&mut self, level: u32) {
        let mut summary = Summary::with_level(level);
        self.ids.iter().for_each(|&id| summary.insert(id));
        self.summary = summary;
    }

    /// The set of `ids` with a summary of it that was kept, such as one read from a file.
    ///
    /// Returns `None` if the summary is that of another set, as far as its fingerprint tells.
    /// Computes in O(n log n) time, a tenth of what it takes to make the summary anew.
    #[must_use]
    pub fn from_parts(ids: BTreeSet<u64>, summary: Summary) -> Option<Self> {
        let fingerprint = ids.iter().fold(0, |sum, &id| sum ^ mix(id));
        let fits = summary.fingerprint() == fingerprint && summary.len() == ids.len() as u64;
        fits.then_some(Self { ids, summary })
    }

    /// How many ids there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids in ascending order.
    pub fn iter(&self) -> btree_set::Iter<'_, u64> {
        self.ids.iter()
    }
}

impl Ids for IdSet {
    fn summary(&self) -> &Summary {
        &self.summary
    }

    fn contains(&self, id: u64) -> bool {
        self.ids.contains(&id)
    }

    fn scan(&self, range: RangeInclusive<u64>, visit: &mut dyn FnMut(u64) -> bool) {
        if !range.is_empty() {
            let _ = self.ids.range(range).all(|&id| visit(id));
        }
    }
}

impl Default for IdSet {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for IdSet {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids
    }
}

impl Eq for IdSet {}

impl Extend<u64> for IdSet {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, ids: I) {
        ids.into_iter().for_each(|id| {
            self.insert(id);
        });
    }
}

impl FromIterator<u64> for IdSet {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        let ids = BTreeSet::from_iter(ids);
        let mut set = Self { summary: Summary::with_capacity(ids.len()), ids };
        set.rebuild(set.summary.level());
        set
    }
}

impl<'a> IntoIterator for &'a IdSet {
    type Item = &'a u64;
    type IntoIter = btree_set::Iter<'a, u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
