//! What both sides of a session have: their set without what was found, under a salt or not.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::Ids;
use crate::buckets::{Buckets, bucket};
use crate::mix::{mix, unmix};
use crate::summary::Summary;

/// One side's view of its set.
///
/// In the first attempt the view is the set itself. In later ones it is a copy of the summary
/// without the ids that were found, or, under a salt, all other ids mixed and in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    /// The ids that the other side lacks, from all attempts.
    found: BTreeSet<u64>,
    /// The sum of those found in this attempt, as the fingerprint of the view has it.
    passed: u64,
    salt: Option<u64>,
    view: Option<View>,
    /// A partition that is finer than the summary's.
    fine: Option<Buckets>,
}

#[derive(Clone, Debug)]
struct View {
    summary: Summary,
    /// The ids, if they are salted.
    mixed: Vec<u64>,
}

impl Side {
    /// Begins an attempt for what was not found so far.
    pub(crate) fn begin<S: Ids + ?Sized>(&mut self, set: &S, salt: Option<u64>) {
        self.passed = 0;
        self.salt = salt;
        self.fine = None;
        self.view = if let Some(salt) = salt {
            let mut mixed = Vec::new();
            set.scan(0..=u64::MAX, &mut |id| {
                if !self.found.contains(&id) {
                    mixed.push(mix(id ^ salt));
                }
                true
            });
            mixed.sort_unstable();
            let mut summary = Summary::with_capacity(mixed.len());
            mixed.iter().for_each(|&id| summary.insert(id));
            Some(View { summary, mixed })
        } else if self.found.is_empty() {
            None
        } else {
            let mut summary = set.summary().clone();
            for &id in self.found.iter().filter(|&&id| set.contains(id)) {
                summary.remove(id);
            }
            Some(View { summary, mixed: Vec::new() })
        };
    }

    pub(crate) fn summary<'a, S: Ids + ?Sized>(&'a self, set: &'a S) -> &'a Summary {
        self.view.as_ref().map_or_else(|| set.summary(), |view| &view.summary)
    }

    /// The fingerprint of the view without what was found in it.
    pub(crate) fn rest<S: Ids + ?Sized>(&self, set: &S) -> u64 {
        self.summary(set).fingerprint() ^ self.passed
    }

    /// Hands the ids of the view in `range`, as they are there, to `visit`.
    fn scan<S: Ids + ?Sized>(
        &self,
        set: &S,
        range: RangeInclusive<u64>,
        visit: &mut dyn FnMut(u64) -> bool,
    ) {
        if self.salt.is_some() {
            let mixed = self.view.as_ref().map_or(&[][..], |view| &view.mixed);
            let from = mixed.partition_point(|id| id < range.start());
            let _ = mixed[from..].iter().take_while(|id| *id <= range.end()).all(|&id| visit(id));
        } else {
            set.scan(range, &mut |id| self.found.contains(&id) || visit(id));
        }
    }

    /// Takes the one id of the view that has this fingerprint, if there is one.
    pub(crate) fn take_one<S: Ids + ?Sized>(&mut self, set: &S, fingerprint: u64) -> bool {
        let id = unmix(fingerprint);
        let is_here = self.contains(set, id);
        if is_here {
            self.take(id);
        }
        is_here
    }

    /// Whether the view holds `id`.
    fn contains<S: Ids + ?Sized>(&self, set: &S, id: u64) -> bool {
        if self.salt.is_some() {
            self.view.as_ref().is_some_and(|view| view.mixed.binary_search(&id).is_ok())
        } else {
            set.contains(id) && !self.found.contains(&id)
        }
    }

    /// Notes an id of the view that the other side lacks.
    pub(crate) fn take(&mut self, id: u64) {
        if self.found.insert(self.salt.map_or(id, |salt| unmix(id) ^ salt)) {
            self.passed ^= mix(id);
        }
    }

    pub(crate) fn found(&self) -> &BTreeSet<u64> {
        &self.found
    }

    /// The ids of the view whose element and group begin with the `width` bits of `prefix`.
    pub(crate) fn matching<S: Ids + ?Sized>(
        &self,
        set: &S,
        prefix: u64,
        width: u32,
        level: u32,
    ) -> Vec<u64> {
        // A prefix is longer than an element, or leaves some of its bits open.
        let open = 32_u32.saturating_sub(width);
        let beyond = width.saturating_sub(32);
        let first = (prefix >> beyond) << open;
        let last = first | ((1 << open) - 1);
        // Element 1 is that of ids whose upper half is 0, too.
        let from = if first == 1 { 0 } else { first << 32 };
        let group = prefix & ((1 << beyond) - 1);
        let mut ids = Vec::new();
        self.scan(set, from..=(last << 32 | 0xffff_ffff), &mut |id| {
            if bucket(id, level) as u64 >> (level - beyond) == group {
                ids.push(id);
            }
            ids.len() < 4
        });
        ids
    }

    /// `DEPTH` syndromes for each of 2^`level` groups of the view.
    ///
    /// Computes without looking at the ids, unless the level is finer than the summary's; then it
    /// looks at all of them, once or twice in an attempt.
    pub(crate) fn syndromes<S: Ids + ?Sized>(&mut self, set: &S, level: u32) -> Buckets {
        let known = self.fine.as_ref().unwrap_or(self.summary(set).buckets()).level();
        if level > known {
            // Some groups may have to be split further.
            let mut fine =
                Buckets::new(if known == self.summary(set).level() { level } else { level + 2 });
            self.scan(set, 0..=u64::MAX, &mut |id| {
                fine.toggle(id);
                true
            });
            self.fine = Some(fine);
        }
        self.fine.as_ref().unwrap_or(self.summary(set).buckets()).merged(level)
    }

    /// The ids of an unsalted view in `range`, and the last id of the range if they are at most
    /// `most`, or else the last one that is in.
    pub(crate) fn slice<S: Ids + ?Sized>(
        &self,
        set: &S,
        range: RangeInclusive<u64>,
        most: usize,
    ) -> (Vec<u64>, u64) {
        let (mut ids, mut to) = (Vec::new(), *range.end());
        self.scan(set, range, &mut |id| {
            if ids.len() == most {
                to = ids.last().copied().unwrap_or(id);
                return false;
            }
            ids.push(id);
            true
        });
        (ids, to)
    }
}

/// The first `width` bits of a decoded element and its group, of 2^`level`.
pub(crate) fn prefix(element: u32, group: usize, level: u32, width: u32) -> u64 {
    (u64::from(element) << level | group as u64) >> (32 + level - width)
}

/// How many bits tell `wanted` ids of a set of `len` apart: in half of all sessions no other id
/// has the same ones, and few have in the others.
pub(crate) fn prefix_width(len: u64, wanted: usize, level: u32) -> u32 {
    let pairs = len.max(1).saturating_mul(wanted.max(1) as u64);
    (pairs.ilog2() + 2).clamp(8, 32 + level)
}

/// The salt of an attempt.
pub(crate) fn salt(session: u16, step: u8) -> u64 {
    mix(u64::from(session) << 8 | u64::from(step) | 1 << 32)
}

/// Which of the alternatives to take, one of each, so that they sum up to a fingerprint `sum`.
///
/// Tries at most 4 096 combinations, so that a wrong one is taken once in 2⁵² times.
pub(crate) fn choose(alternatives: &[Vec<u64>], sum: u64) -> Option<Vec<u64>> {
    let combinations = alternatives
        .iter()
        .try_fold(1_usize, |product, ids| product.checked_mul(ids.len()))
        .filter(|&combinations| combinations <= 4_096)?;
    (0..combinations).find_map(|mut combination| {
        let mut left = sum;
        let chosen = Vec::from_iter(alternatives.iter().map(|ids| {
            let id = ids[combination % ids.len()];
            combination /= ids.len();
            left ^= mix(id);
            id
        }));
        (left == 0).then_some(chosen)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IdSet;
    use crate::mix::Mixer;

    #[test]
    fn ids_are_found_by_any_prefix_that_tells_them_apart() {
        let mut random = Mixer::new(22);
        let ids: Vec<u64> = (0..500).map(|_| random.any()).chain([5, 1 << 32, 7 << 20]).collect();
        let set: IdSet = ids.iter().copied().collect();
        for salt in [None, Some(9)] {
            let mut side = Side::default();
            side.begin(&set, salt);
            for &id in &ids {
                let id = salt.map_or(id, |salt| mix(id ^ salt));
                let element = ((id >> 32) as u32).max(1);
                for level in [0, 3, 11] {
                    for width in [20, 28, 32, 32 + level] {
                        let prefix = prefix(element, bucket(id, level), level, width);
                        let found = side.matching(&set, prefix, width, level);
                        assert!(found.contains(&id), "{id:x} by {width} bits at {level}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_found_is_left_out() {
        let set: IdSet = (1..=100_u64).map(mix).collect();
        let mut side = Side::default();
        side.begin(&set, None);
        assert!(side.take_one(&set, mix(mix(7))) && !side.take_one(&set, mix(mix(7))));
        side.take(mix(8));
        let rest: IdSet = (1..=100_u64).filter(|id| ![7, 8].contains(id)).map(mix).collect();
        assert_eq!(side.rest(&set), rest.summary().fingerprint());
        side.begin(&set, None);
        assert_eq!(side.summary(&set).fingerprint(), rest.summary().fingerprint());
        assert_eq!(side.slice(&set, 0..=u64::MAX, 1_000).0, Vec::from_iter(rest.iter().copied()));
        side.begin(&set, Some(3));
        assert_eq!(side.summary(&set).len(), 98);
        assert!(!side.contains(&set, mix(mix(7) ^ 3)) && side.contains(&set, mix(mix(9) ^ 3)));
    }

    #[test]
    fn one_of_each_is_chosen() {
        let sum = |ids: &[u64]| ids.iter().fold(0, |sum, &id| sum ^ mix(id));
        let alternatives = [vec![1, 2], vec![3, 4, 5], vec![6, 7]];
        assert_eq!(choose(&alternatives, sum(&[2, 5, 6])), Some(vec![2, 5, 6]));
        assert_eq!(choose(&alternatives, sum(&[2, 5, 8])), None);
        assert_eq!(choose(&[], 0), Some(vec![]));
        assert_eq!(choose(&vec![vec![1, 2]; 13], sum(&[1])), None, "too many to try");
    }
}
