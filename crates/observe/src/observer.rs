use rejoin_store::{Event, Replica, Replicated, Time, WallTime};

use crate::config::ObserveConfig;
use crate::health::{Health, Limits};
use crate::lag::Lags;
use crate::recent::Recent;
use crate::report::Report;
use crate::staleness::Samples;

/// Observes one replica: by its events, by the reads that are counted, and by its state when a
/// [report](Self::report) is made.
///
/// ```
/// use rejoin_core::{Causal, DotMap, DotSet, ReplicaId};
/// use rejoin_observe::{Health, Limits, ObserveConfig, Observer};
/// use rejoin_store::{Config, Replica, Time, WallTime};
///
/// let mut replica =
///     Replica::<Causal<DotMap<String, DotSet>>>::new(ReplicaId::from_u128(1), Config::default());
/// replica.set_event_capacity(Observer::EVENTS);
/// let mut observer = Observer::new(&ObserveConfig::default(), 7);
///
/// let now = Time::ZERO;
/// replica.set_clock(now, WallTime::now()); // for stamps and lags
/// replica.stage(|tags| tags.entry("red".to_owned()).write())?;
/// observer.observe(&mut replica); // after whatever happens to the replica
/// observer.count_read(&replica, now);
///
/// let report = observer.report(&replica, now);
/// assert_eq!((report.reads, report.stats.edits), (1, 1));
/// assert_eq!(report.health(&Limits::default()), Health::Healthy);
/// println!("{report}");
/// # Ok::<(), rejoin_store::RefusedEdit>(())
/// ```
#[derive(Debug)]
pub struct Observer {
    rng: fastrand::Rng,
    sample_every: u32,
    /// How many reads there are until the next sample.
    until_sample: u32,
    reads: u64,
    lags: Recent<Lags>,
    samples: Samples,
}

impl Observer {
    /// How many events a replica should keep: more than come between two calls of
    /// [`observe`](Self::observe). What does not fit is counted as not measured.
    pub const EVENTS: usize = 1 << 16;

    /// An observer of a replica that has just been made. The seed decides which reads are sampled.
    #[must_use]
    pub fn new(config: &ObserveConfig, seed: u64) -> Self {
        let ObserveConfig { sample_every, stale_window, recent } = *config;
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

    /// Takes the events of the replica, which has to be asked for them with
    /// [`set_event_capacity`](Replica::set_event_capacity). To be called after whatever happens to
    /// it, and before a read is counted.
    pub fn observe<S>(&mut self, replica: &mut Replica<S>) {
        while let Some(event) = replica.poll_event() {
            self.handle(&event);
        }
    }

    /// Takes in one event, for drivers that poll events themselves.
    pub fn handle(&mut self, event: &Event) {
        match *event {
            Event::Applied { now, wall, made, writes, .. } => self.news(now, wall, made, writes),
            Event::Joined { now, writes } | Event::Missed { now, writes } => {
                self.unknown_news(now, writes);
            }
            _ => {}
        }
    }

    /// Counts a read of the value, now; one in some is [sampled](ObserveConfig::sample_every) for
    /// staleness.
    ///
    /// Without a [clock](Replica::set_clock) none is sampled.
    pub fn count_read<S>(&mut self, replica: &Replica<S>, now: Time) {
        self.read(now, replica.wall_time(now));
    }

    /// How the replica is doing.
    ///
    /// Takes time in the number of peers and of writers, and a copy of some kilobytes. What only a
    /// driver can know, latencies, conflicts and votes, is not in it.
    #[must_use]
    pub fn report<S: Replicated>(&self, replica: &Replica<S>, now: Time) -> Report {
        Report {
            id: replica.id(),
            peers: replica.peers().len(),
            diverged: replica.diverged().collect(),
            reads: self.reads,
            staleness: self.samples.staleness(now),
            lag: self.lags.lag(now),
            read_latency: None,
            write_latency: None,
            conflicts: None,
            not_voting: None,
            buffered: replica.buffered(),
            gaps: replica.gaps(),
            divergence_window: replica.divergence_window(now),
            unreadable: 0,
            misfits: 0,
            is_durable: replica.is_durable(),
            stats: *replica.stats(),
        }
    }

    /// What of the [report](Self::report) is over a limit.
    #[must_use]
    pub fn health<S: Replicated>(
        &self,
        replica: &Replica<S>,
        now: Time,
        limits: &Limits,
    ) -> Health {
        self.report(replica, now).health(limits)
    }

    /// Something is read when the wall clock shows this, if there is one.
    fn read(&mut self, now: Time, wall: Option<WallTime>) {
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

    /// Writes have come into the value, the earliest of which was made `then`.
    fn news(&mut self, now: Time, wall: Option<WallTime>, then: Option<WallTime>, writes: u64) {
        match (wall, then) {
            (Some(wall), Some(then)) => {
                self.lags.measure(now, wall, then, writes);
                self.samples.news(now, then);
            }
            _ => self.unknown_news(now, writes),
        }
    }

    /// Writes have come without a stamp of their own.
    fn unknown_news(&mut self, now: Time, writes: u64) {
        if writes > 0 {
            self.lags.miss(now, writes);
            self.samples.unknown_news(now);
        }
    }

    /// At random, so that it does not keep step with a reader that has a rhythm.
    fn pause(&mut self) -> u32 {
        self.rng.u32(1..=self.sample_every.saturating_mul(2).saturating_sub(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::staleness::Staleness;

    #[test]
    fn one_read_in_so_many_is_sampled() {
        for every in [1, 2, 16, 100] {
            let settings = ObserveConfig::default().with_sample_every(every);
            let mut observer = Observer::new(&settings, 1);
            for read in 0..200_000_u64 {
                let now = Duration::from_millis(read * 10);
                let wall = WallTime::from_unix_millis(read * 10);
                observer.read(Time::new(now), Some(wall));
            }
            let end = Time::new(Duration::from_secs(2_000));
            let taken = observer.samples.counts().1;
            let expected = 200_000 / u64::from(every);
            assert!(taken.abs_diff(expected) <= expected / 20, "{taken} of {expected}");
            assert!(observer.samples.staleness(end).fresh > 0 && observer.reads == 200_000);
        }
    }

    /// However many reads there are, and however often one is to be sampled.
    #[test]
    fn samples_are_bounded() {
        let mut observer = Observer::new(&ObserveConfig::default().with_sample_every(1), 1);
        for read in 0..1_000_000_u64 {
            let now = Duration::from_micros(read * 50);
            let wall = WallTime::UNIX_EPOCH.saturating_add(now);
            observer.read(Time::new(now), Some(wall));
            assert!(observer.samples.counts().0 <= 1_025);
        }
        assert!(observer.samples.counts().0 > 1_000);
    }

    #[test]
    fn without_samples_reads_are_counted_all_the_same() {
        let mut observer = Observer::new(&ObserveConfig::default().with_sample_every(0), 1);
        (0..100).for_each(|_| observer.read(Time::ZERO, Some(WallTime::UNIX_EPOCH)));
        assert_eq!(observer.reads, 100);
        assert_eq!(observer.samples.staleness(Time::ZERO), Staleness::default());
    }
}
