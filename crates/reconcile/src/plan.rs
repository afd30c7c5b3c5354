//! What is cheapest for an estimated number of differences.

use crate::buckets::DEPTH;
use crate::message::LEVEL_LIMIT;
use crate::summary::MAX_LEVEL;

/// The differences a group should have at most, on average: so few that in most sessions no group
/// has more than `DEPTH`, and costs a third round.
const TARGET: f64 = 11.5;

/// The differences a group may have on average to fit one message.
const LARGE: f64 = 16.0;

/// How many groups there are, as a power of two, and how many syndromes are sent of each, first
/// and if those do not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) level: u32,
    pub(crate) depth: usize,
    pub(crate) again: usize,
}

impl Plan {
    /// The plan for about `differences`, where the smaller side has `len` ids, in messages of at
    /// most `cap` bytes.
    pub(crate) fn new(differences: f64, len: u64, cap: usize) -> Self {
        // How many syndromes of each group fit a message.
        let fitting = |level: u32| (cap - 32) / (4 << level);
        let (mut level, mut mean) = (0, differences);
        while mean > TARGET && level < Self::level_limit(len) {
            // Two messages take more rounds than groups that are too large.
            let overflows = fitting(level + 1) as f64 <= mean / 2.0;
            if overflows && mean < LARGE && fitting(level) as f64 > mean {
                break;
            }
            level += 1;
            mean /= 2.0;
        }
        // A second try costs a round, which one group alone should not need; of many, some do.
        let margin = if level == 0 { 2.5 } else { 1.0 };
        let deviation = mean.sqrt();
        let depth = ((mean + margin * deviation + 0.5) as usize).clamp(1, DEPTH);
        // A few more groups that need a second try cost less than a second message.
        let fitting = fitting(level);
        let depth = if fitting > mean as usize { depth.min(fitting) } else { depth };
        // There may be a third more differences than was estimated.
        let again = ((1.35 * mean + 5.0 * deviation + 1.0) as usize).clamp(depth, DEPTH);
        Self { level, depth, again }
    }

    /// The finest partition that a set of `len` ids makes: one that it keeps anyway, or one of
    /// which the syndromes need no more room than the ids.
    pub(crate) fn level_limit(len: u64) -> u32 {
        let finest = (len / 16).max(1).ilog2();
        finest.clamp(MAX_LEVEL, LEVEL_LIMIT)
    }
}

/// Whether Bloom filters pay before sketches: they cost about half a byte an id, and sketches seven
/// bytes a difference, but filters take two round trips more.
pub(crate) fn filter_first(differences: f64, here: u64, there: u64) -> bool {
    differences > 256.0 && differences > 0.08 * (here as f64 + there as f64)
}

/// The hashes of a Bloom filter of `len` ids against `others` that are not among them.
///
/// A bit more costs 1.44 · `len` bits and halves the others that get through, at 50 bits each.
pub(crate) fn hashes(len: u64, others: f64) -> u32 {
    let ratio = 24.0 * others / len.max(1) as f64;
    (1..8).take_while(|&hashes| ratio > f64::from(1_u32 << hashes) * 0.7).last().unwrap_or(1)
}
