//! Sketches of the parts of a set.

use crate::sketch::toggle;

/// The syndromes that are kept of each bucket.
pub(crate) const DEPTH: usize = 24;

/// The field element of an id: its upper half, and 1 for 0, which no sketch would show.
const fn element(id: u64) -> u32 {
    let upper = (id >> 32) as u32;
    if upper == 0 { 1 } else { upper }
}

/// The bucket of an id among 2^`level`: the leading bits of its lower half.
pub(crate) const fn bucket(id: u64, level: u32) -> usize {
    ((id & 0xffff_ffff) >> (32 - level)) as usize
}

/// The syndromes of each of 2^`level` parts of a set of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Buckets {
    level: u32,
    /// `DEPTH` a bucket.
    syndromes: Vec<u32>,
}

impl Buckets {
    pub(crate) fn new(level: u32) -> Self {
        Self { level, syndromes: vec![0; DEPTH << level] }
    }

    /// Buckets that were written; `None` if they are not 2^`level`.
    pub(crate) fn from_syndromes(level: u32, syndromes: Vec<u32>) -> Option<Self> {
        (syndromes.len() == DEPTH << level).then_some(Self { level, syndromes })
    }

    pub(crate) fn syndromes(&self) -> &[u32] {
        &self.syndromes
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    /// Puts an id in, or takes it out again.
    pub(crate) fn toggle(&mut self, id: u64) {
        let at = bucket(id, self.level) * DEPTH;
        toggle(&mut self.syndromes[at..at + DEPTH], element(id));
    }

    /// The syndromes of one bucket.
    pub(crate) fn of(&self, bucket: usize) -> &[u32] {
        &self.syndromes[bucket * DEPTH..][..DEPTH]
    }

    /// The same parts put together to 2^`level`, which are not more.
    pub(crate) fn merged(&self, level: u32) -> Self {
        assert!(level <= self.level, "only coarser");
        let mut merged = Self::new(level);
        for (at, bucket) in self.syndromes.chunks(DEPTH).enumerate() {
            let into = (at >> (self.level - level)) * DEPTH;
            for (sum, &syndrome) in merged.syndromes[into..into + DEPTH].iter_mut().zip(bucket) {
                *sum ^= syndrome;
            }
        }
        merged
    }
}
