use core::time::Duration;

use rejoin_core::CausalContext;

use super::lag::Lags;
use super::recent::Recent;
use super::staleness::Samples;
use super::{Lag, Settings, Staleness};
use crate::Time;

/// What a replica remembers of its reads, and of the writes that came.
#[derive(Debug)]
pub(crate) struct Observer {
    rng: fastrand::Rng,
    sample_every: u32,
    /// How many reads there are until the next sample.
    until_sample: u32,
    reads: u64,
    lags: Recent<Lags>,
    samples: Samples,
}

impl Observer {
    pub(crate) fn new(settings: &Settings, seed: u64) -> Self {
        let Settings { sample_every, stale_window, recent } = *settings;
        let mut observer = Self {
            rng: fastrand::Rng::with_seed(seed),
            sample_every,
            until_sample: 0,
            reads: 0,
            lags: Recent::new(recent),
            samples: Samples::new(stale_window, recent),
        };
        observer.until_sample = observer.pause();
        observer
    }

    /// Something is read here, when the wall clock shows this, if there is one.
    pub(crate) fn read(&mut self, now: Time, wall: Option<Duration>) {
        self.reads += 1;
        self.until_sample = self.until_sample.saturating_sub(1);
        if self.until_sample > 0 || self.sample_every == 0 || !self.samples.has_room(now) {
            return;
        }
        if let Some(wall) = wall {
            self.samples.read(now, wall);
            self.until_sample = self.pause();
        }
    }

    /// Writes have come into the value, the earliest of which was made at `stamp`, in milliseconds
    /// since 1970.
    pub(crate) fn news(
        &mut self,
        now: Time,
        wall: Option<Duration>,
        stamp: Option<u64>,
        writes: u64,
    ) {
        match (wall, stamp.map(Duration::from_millis)) {
            (Some(wall), Some(then)) => {
                self.lags.measure(now, wall, then, writes);
                self.samples.news(now, then);
            }
            _ => self.unknown_news(now, writes),
        }
    }

    /// Writes have come of which nobody knows when they were made.
    pub(crate) fn unknown_news(&mut self, now: Time, writes: u64) {
        if writes > 0 {
            self.lags.miss(now, writes);
            self.samples.unknown_news(now);
        }
    }

    pub(crate) fn reads(&self) -> u64 {
        self.reads
    }

    pub(crate) fn lag(&self, now: Time) -> Lag {
        self.lags.lag(now)
    }

    pub(crate) fn staleness(&self, now: Time) -> Staleness {
        self.samples.staleness(now)
    }

    /// At random, so that it does not keep step with a reader that has a rhythm.
    fn pause(&mut self) -> u32 {
        self.rng.u32(1..=self.sample_every.saturating_mul(2).saturating_sub(1).max(1))
    }
}

/// How many writes nobody has that others have seen later ones of: what a context is known to lack.
pub(crate) fn gaps(have: &CausalContext) -> u64 {
    let mut last = None;
    let mut gaps = 0;
    for (writer, seqs) in have.runs() {
        let reached = last.filter(|(before, _)| *before == writer).map_or(0, |(_, end)| end);
        gaps += seqs.start() - reached - 1;
        last = Some((writer, *seqs.end()));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use rejoin_core::ReplicaId;

    use super::*;

    #[test]
    fn one_read_in_so_many_is_sampled() {
        for every in [1, 2, 16, 100] {
            let settings = Settings::default().with_sample_every(every);
            let mut observer = Observer::new(&settings, 1);
            for read in 0..200_000_u64 {
                let now = Duration::from_millis(read * 10);
                observer.read(Time::new(now), Some(now));
            }
            let end = Time::new(Duration::from_secs(2_000));
            let taken = observer.samples.counts().1;
            let expected = 200_000 / u64::from(every);
            assert!(taken.abs_diff(expected) <= expected / 20, "{taken} of {expected}");
            assert!(observer.staleness(end).fresh > 0 && observer.reads() == 200_000);
        }
    }

    /// However many reads there are, and however often one is to be sampled.
    #[test]
    fn samples_are_bounded() {
        let mut observer = Observer::new(&Settings::default().with_sample_every(1), 1);
        for read in 0..1_000_000_u64 {
            let now = Duration::from_micros(read * 50);
            observer.read(Time::new(now), Some(now));
            assert!(observer.samples.counts().0 <= 1_025);
        }
        assert!(observer.samples.counts().0 > 1_000);
    }

    #[test]
    fn without_samples_reads_are_counted_all_the_same() {
        let mut observer = Observer::new(&Settings::default().with_sample_every(0), 1);
        (0..100).for_each(|_| observer.read(Time::ZERO, Some(Duration::ZERO)));
        assert_eq!(observer.reads(), 100);
        assert_eq!(observer.staleness(Time::ZERO), Staleness::default());
    }

    #[test]
    fn gaps_are_what_is_missing_below_the_highest_of_each_writer() {
        let (one, two) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
        let mut have = CausalContext::new();
        assert_eq!(gaps(&have), 0);
        have.insert_run(one, 1..=5);
        have.insert_run(two, 1..=9);
        assert_eq!(gaps(&have), 0);
        have.insert_run(one, 8..=9);
        have.insert_run(two, 11..=12);
        have.insert_run(ReplicaId::from_u128(3), 4..=4);
        assert_eq!(gaps(&have), 2 + 1 + 3);
    }
}
