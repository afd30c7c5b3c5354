use crate::histogram::{Histogram, Summary};
use crate::recent::{Recent, Sum};
use rejoin_store::{Time, WallTime};

/// How long the writes of others took from their writer's stamp until they were in the value here.
///
/// Clocks differ, and the lag is off by as much. Writes that come joined into one delta count with
/// the stamp of the first: what is told is never too short for that, and too long by no more than
/// the time between the first and the last of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lag {
    /// Of the writes that could be measured. A write is what its writer committed in one go.
    pub summary: Summary,
    /// How many of them seemed to come before they were made, and count as no lag at all: the clock
    /// of the writer is ahead of the one here.
    pub ahead: u64,
    /// How many writes came without a stamp of their own, and are not in the rest: in a difference
    /// of values, partly known already, or from a writer without a clock; or there was no clock
    /// here.
    pub unmeasured: u64,
}

/// The same, being counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lags {
    histogram: Histogram,
    ahead: u64,
    unmeasured: u64,
}

impl Recent<Lags> {
    /// So many writes have come, of which the first was made `then`, and it is `wall` now.
    pub(crate) fn measure(&mut self, now: Time, wall: WallTime, then: WallTime, writes: u64) {
        let lags = self.at(now);
        if then > wall {
            lags.ahead += writes;
        }
        lags.histogram.record_times(wall.saturating_since(then), writes);
    }

    /// So many have come that cannot be measured.
    pub(crate) fn miss(&mut self, now: Time, writes: u64) {
        self.at(now).unmeasured += writes;
    }

    pub(crate) fn lag(&self, now: Time) -> Lag {
        let Lags { histogram, ahead, unmeasured } = self.get(now);
        Lag { summary: histogram.summary(), ahead, unmeasured }
    }
}

impl Sum for Lags {
    fn add(&mut self, other: &Self) {
        self.histogram.add(&other.histogram);
        self.ahead += other.ahead;
        self.unmeasured += other.unmeasured;
    }
}
