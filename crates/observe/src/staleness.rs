use core::time::Duration;
use std::collections::VecDeque;

use crate::recent::{Recent, Sum};
use rejoin_store::{Time, WallTime};

/// How many sampled reads may wait for their verdict.
pub(crate) const CAPACITY: u32 = 1 << 10;

/// How many of the sampled reads were stale: a write that was made before the read, somewhere, came
/// here only after it.
///
/// A read is compared with the writes that come within
/// [`ObserveConfig::stale_window`](crate::ObserveConfig::stale_window) after it, by their writers'
/// clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Staleness {
    /// Sampled reads that missed a write.
    pub stale: u64,
    /// Those that missed none.
    pub fresh: u64,
    /// Those of which it is not known: what came after them did not say when it was written. They
    /// are in neither of the other two.
    pub unknown: u64,
    /// Those whose window has not passed yet.
    pub open: u64,
}

impl Staleness {
    /// Which share of the reads was stale, as far as is known; `None` if nothing is.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a share need not be exact")]
    pub fn share(&self) -> Option<f64> {
        let known = self.stale + self.fresh;
        (known > 0).then(|| self.stale as f64 / known as f64)
    }
}

impl Sum for Staleness {
    fn add(&mut self, other: &Self) {
        self.stale += other.stale;
        self.fresh += other.fresh;
        self.unknown += other.unknown;
    }
}

/// The sampled reads.
#[derive(Debug)]
pub(crate) struct Samples {
    window: Duration,
    /// In the order of their times.
    open: VecDeque<Sample>,
    /// How many there were before the first of `open`.
    gone: u64,
    /// The numbers of those that no write has been found for, in order: whatever makes one of them
    /// stale makes all later ones stale too.
    clean: VecDeque<u64>,
    done: Recent<Staleness>,
}

#[derive(Debug)]
struct Sample {
    taken: Time,
    wall: WallTime,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug)]
enum Verdict {
    Fresh,
    Stale,
    Unknown,
}

impl Samples {
    pub(crate) fn new(window: Duration, recent: Duration) -> Self {
        Self {
            window,
            open: VecDeque::new(),
            gone: 0,
            clean: VecDeque::new(),
            done: Recent::new(recent),
        }
    }

    /// Whether there is room for another one: they are spread over the window.
    pub(crate) fn has_room(&self, now: Time) -> bool {
        self.open.back().is_none_or(|last| now.since(last.taken) >= self.window / CAPACITY)
    }

    /// Something has been read when the wall clock showed this.
    pub(crate) fn read(&mut self, now: Time, wall: WallTime) {
        self.close(now);
        // A wall clock that was set back is taken to stand still, until what it showed has passed.
        let wall = self.open.back().map_or(wall, |last| last.wall.max(wall));
        self.clean.push_back(self.gone + self.open.len() as u64);
        self.open.push_back(Sample { taken: now, wall, verdict: Verdict::Fresh });
    }

    /// A write has come that was made `then`.
    pub(crate) fn news(&mut self, now: Time, then: WallTime) {
        self.close(now);
        while let Some(number) = self.clean.back() {
            match Self::sample(&mut self.open, self.gone, *number) {
                Some(sample) if sample.wall >= then => sample.verdict = Verdict::Stale,
                _ => break,
            }
            self.clean.pop_back();
        }
    }

    /// A write has come, and it is not known when it was made.
    pub(crate) fn unknown_news(&mut self, now: Time) {
        self.close(now);
        for number in self.clean.drain(..) {
            if let Some(sample) = Self::sample(&mut self.open, self.gone, number) {
                sample.verdict = Verdict::Unknown;
            }
        }
    }

    pub(crate) fn staleness(&self, now: Time) -> Staleness {
        let mut staleness = self.done.get(now);
        for sample in &self.open {
            if now.since(sample.taken) < self.window {
                staleness.open += 1;
            } else {
                staleness.count(sample.verdict);
            }
        }
        staleness
    }

    /// How many wait for their verdict, and how many there have been.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> (u64, u64) {
        let open = self.open.len() as u64;
        (open, self.gone + open)
    }

    /// Counts those whose window has passed.
    fn close(&mut self, now: Time) {
        while let Some(sample) =
            self.open.pop_front_if(|sample| now.since(sample.taken) >= self.window)
        {
            self.done.at(now).count(sample.verdict);
            self.clean.pop_front_if(|number| *number == self.gone);
            self.gone += 1;
        }
    }

    fn sample(open: &mut VecDeque<Sample>, gone: u64, number: u64) -> Option<&mut Sample> {
        open.get_mut(usize::try_from(number.checked_sub(gone)?).ok()?)
    }
}

impl Staleness {
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Fresh => self.fresh += 1,
            Verdict::Stale => self.stale += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn wall(millis: u64) -> WallTime {
        WallTime::from_unix_millis(millis)
    }

    /// Against a list of all reads, each of which is looked at for each write.
    #[test]
    fn reads_get_the_verdict_that_a_plain_list_gives() {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut seen = Staleness::default();
        for _ in 0..300 {
            let mut samples = Samples::new(at(1_000), at(1_000_000));
            let mut plain: Vec<(u64, u8)> = Vec::new();
            let mut now = 0;
            for _ in 0..200 {
                now += rng.u64(1..40);
                let time = Time::new(at(now));
                match rng.u32(..100) {
                    0..70 => {
                        samples.read(time, wall(now));
                        plain.push((now, 0));
                    }
                    70..99 => {
                        let then = now.saturating_sub(rng.u64(..500));
                        samples.news(time, wall(then));
                        for (read, verdict) in &mut plain {
                            if *verdict == 0 && *read >= then && now - *read < 1_000 {
                                *verdict = 1;
                            }
                        }
                    }
                    _ => {
                        samples.unknown_news(time);
                        for (read, verdict) in &mut plain {
                            if *verdict == 0 && now - *read < 1_000 {
                                *verdict = 2;
                            }
                        }
                    }
                }
                let is_done = |read: &u64| now - read >= 1_000;
                let count = |of: u8| {
                    plain.iter().filter(|(read, v)| is_done(read) && *v == of).count() as u64
                };
                let expected = Staleness {
                    fresh: count(0),
                    stale: count(1),
                    unknown: count(2),
                    open: plain.iter().filter(|(read, _)| !is_done(read)).count() as u64,
                };
                assert_eq!(samples.staleness(time), expected);
                seen.add(&expected);
            }
        }
        assert!(seen.stale > 1_000 && seen.fresh > 1_000 && seen.unknown > 1_000, "{seen:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_the_order() {
        let mut samples = Samples::new(at(1_000), at(1_000_000));
        samples.read(Time::new(at(0)), wall(5_000));
        samples.read(Time::new(at(10)), wall(10));
        samples.news(Time::new(at(20)), wall(4_000));
        let staleness = samples.staleness(Time::new(at(2_000)));
        assert_eq!((staleness.stale, staleness.fresh), (2, 0));
    }
}
