//! What a node measures of itself.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rejoin_observe::{Latency, ObserveConfig, Report, Summary};
use rejoin_quorum::NotVoting;
use rejoin_store::{NodeId, Replicated, Time};
use tokio::time::Instant;

use crate::engine::Engine;
use crate::misfits::Misfits;
use crate::telemetry::Telemetry;

/// Counts the conflicts in a value, if anybody has said how.
pub(crate) type CountConflicts<S> = Arc<OnceLock<Box<dyn Fn(&S) -> u64 + Send + Sync>>>;

/// Times, and what they are published by.
pub(crate) struct Observed {
    /// What the times of the replica count from.
    start: Instant,
    reads: Mutex<Latency>,
    writes: Mutex<Latency>,
    pub(crate) telemetry: Telemetry,
    misfits: Misfits,
}

impl Observed {
    pub(crate) fn new(config: &ObserveConfig, telemetry: Telemetry) -> Self {
        let latency = || Mutex::new(Latency::new(config.recent));
        let (start, misfits) = (Instant::now(), Misfits::default());
        Self { start, reads: latency(), writes: latency(), telemetry, misfits }
    }

    /// The time that the replica goes by.
    pub(crate) fn now(&self) -> Time {
        Time::new(self.start.elapsed())
    }

    /// The moment at which it is that time.
    pub(crate) fn at(&self, time: Time) -> Instant {
        self.start + time.since_start()
    }

    /// Something has been read that was asked for then.
    pub(crate) fn has_read(&self, asked: Time) {
        self.telemetry.read(self.record(&self.reads, asked));
    }

    /// An edit is durable that was asked for then.
    pub(crate) fn has_written(&self, asked: Time) {
        self.telemetry.wrote(self.record(&self.writes, asked));
    }

    fn record(&self, latency: &Mutex<Latency>, asked: Time) -> Duration {
        let now = self.now();
        let took = now.since(asked);
        latency.lock().unwrap_or_else(PoisonError::into_inner).record(now, took);
        took
    }

    /// A peer that was dialed does not fit.
    pub(crate) fn does_not_fit(&self, node: Option<NodeId>) {
        self.misfits.add(node, self.now());
    }

    /// A peer is connected.
    pub(crate) fn fits(&self, node: Option<NodeId>) {
        self.misfits.remove(node, self.now());
    }

    /// The report of the replica, with what the node knows beside it.
    pub(crate) fn report<S: Replicated>(
        &self,
        engine: &Engine<S>,
        conflicts: &CountConflicts<S>,
        not_voting: Option<NotVoting>,
    ) -> Report {
        let (now, replica) = (self.now(), engine.replica());
        let summary = |latency: &Mutex<Latency>| -> Summary {
            latency.lock().unwrap_or_else(PoisonError::into_inner).summary(now)
        };
        let report = engine.observer.report(replica, now);
        let report = report.with_unreadable(engine.unreadable);
        let report = report.with_misfits(self.misfits.count(now));
        let report = report.with_not_voting(not_voting.map(|because| because.reason()));
        let report = report.with_latencies(summary(&self.reads), summary(&self.writes));
        match conflicts.get() {
            Some(count) => report.with_conflicts(count(replica.state())),
            None => report,
        }
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").field("start", &self.start).finish_non_exhaustive()
    }
}
