//! What is kept about a set so that reconciliation need not look at all of it.

use crate::bits::{BitReader, BitWriter};
use crate::buckets::Buckets;
use crate::mix::mix;
use crate::tug_of_war::TugOfWar;

/// The form of a summary's bytes: it changes whenever ids are summed up in another way.
const VERSION: u64 = 1;

/// The most buckets that are kept, as a power of two.
pub(crate) const MAX_LEVEL: u32 = 11;

/// A fingerprint, an estimator and sketches of a set of ids, kept up to date as the set changes.
///
/// It is a sum over the members, in any order: equal sets have equal summaries, if those were made
/// for as many ids. It does not know which ids are in the set, so insert only what is not there and
/// remove only what is; [`IdSet`](crate::IdSet) sees to that.
///
/// Ids must be **keyed hashes** of what they name, with a key that no writer of data knows: then
/// two different sets have the same [`fingerprint`](Self::fingerprint) with a probability of 2⁻⁶⁴.
/// A peer that knows the key can make sets that collide.
///
/// An insertion or removal takes about 0.2 µs, at any size. Room is 96 bytes for 64 ids, at most
/// 192 KiB, and 300 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    len: u64,
    fingerprint: u64,
    tug: TugOfWar,
    buckets: Buckets,
}

impl Summary {
    /// The summary of no ids, with room for about `expected` of them.
    ///
    /// More ids are no error: reconciling many differences then takes time in proportion to the
    /// set, as for more than 20 000 differences of a set of any size.
    #[must_use]
    pub fn with_capacity(expected: usize) -> Self {
        Self::with_level(Self::level_for(expected))
    }

    pub(crate) fn with_level(level: u32) -> Self {
        Self { len: 0, fingerprint: 0, tug: TugOfWar::new(), buckets: Buckets::new(level) }
    }

    /// The buckets for `len` ids, as a power of two.
    pub(crate) const fn level_for(len: usize) -> u32 {
        let level = (len / 64).next_power_of_two().trailing_zeros();
        if level < MAX_LEVEL { level } else { MAX_LEVEL }
    }

    /// Counts in an id that was not in the set.
    pub fn insert(&mut self, id: u64) {
        self.len = self.len.wrapping_add(1);
        self.fingerprint ^= mix(id);
        self.tug.pull(id, 1);
        self.buckets.toggle(id);
    }

    /// Counts out an id that was in the set.
    pub fn remove(&mut self, id: u64) {
        self.len = self.len.wrapping_sub(1);
        self.fingerprint ^= mix(id);
        self.tug.pull(id, -1);
        self.buckets.toggle(id);
    }

    /// The sum (exclusive or) of all ids, mixed: equal for equal sets.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// How many ids are in the set.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no ids are in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// About how many ids are in one of two sets but not in both: a standard deviation is 18 %.
    #[must_use]
    pub fn distance(&self, other: &Self) -> u64 {
        if self.fingerprint == other.fingerprint && self.len == other.len {
            return 0;
        }
        self.tug.distance(&other.tug, u64::MAX).round().max(1.0) as u64
    }

    /// The summary as bytes, to be read by [`from_bytes`](Self::from_bytes).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = BitWriter::new();
        to.bits(VERSION, 8);
        to.bits(self.level().into(), 8);
        to.bits(self.len, 64);
        to.bits(self.fingerprint, 64);
        self.tug.write(u64::MAX, &mut to);
        self.buckets.syndromes().iter().for_each(|&syndrome| to.bits(syndrome.into(), 32));
        to.finish()
    }

    /// Reads a summary; `None` if the bytes are not one.
    ///
    /// Whether it is that of a given set is not known;
    /// [`IdSet::from_parts`](crate::IdSet::from_parts) compares the fingerprint.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = BitReader::new(bytes);
        let version = from.bits(8)?;
        let level = from.bits(8).filter(|&level| level <= MAX_LEVEL.into())? as u32;
        let (len, fingerprint) = (from.bits(64)?, from.bits(64)?);
        let tug = TugOfWar::read(u64::MAX, &mut from)?;
        let (syndromes, rest) = from.rest().as_chunks::<4>();
        let syndromes = syndromes.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
        let buckets = Buckets::from_syndromes(level, syndromes)?;
        let is_one = version == VERSION && rest.is_empty();
        is_one.then_some(Self { len, fingerprint, tug, buckets })
    }

    /// Puts parts together, until there are 2^`level` of them.
    pub(crate) fn coarsen(&mut self, level: u32) {
        self.buckets = self.buckets.merged(level);
    }

    pub(crate) fn tug(&self) -> &TugOfWar {
        &self.tug
    }

    pub(crate) fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    pub(crate) fn level(&self) -> u32 {
        self.buckets.level()
    }
}
