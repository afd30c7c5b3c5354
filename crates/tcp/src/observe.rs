//! What a node measures of itself.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rejoin_store::observe::{Health, Latency, Limits, Report, Settings, Summary};
use rejoin_store::{Replica, Replicated, Time};
use tokio::time::Instant;

use crate::Node;
use crate::engine::lock;
use crate::telemetry::Telemetry;

/// Counts the conflicts in a value, if anybody has said how.
pub(crate) type CountConflicts<S> = Arc<OnceLock<Box<dyn Fn(&S) -> u64 + Send + Sync>>>;

/// Times, and who is told of them.
pub(crate) struct Observed {
    /// What the times of the replica count from.
    start: Instant,
    reads: Mutex<Latency>,
    writes: Mutex<Latency>,
    pub(crate) telemetry: Telemetry,
}

impl Observed {
    pub(crate) fn new(settings: &Settings, telemetry: Telemetry) -> Self {
        let latency = || Mutex::new(Latency::new(settings.recent));
        Self { start: Instant::now(), reads: latency(), writes: latency(), telemetry }
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

    /// The report of the replica, with what the node knows beside it.
    pub(crate) fn report<S: Replicated>(
        &self,
        replica: &Replica<S>,
        conflicts: &CountConflicts<S>,
    ) -> Report {
        let now = self.now();
        let summary = |latency: &Mutex<Latency>| -> Summary {
            latency.lock().unwrap_or_else(PoisonError::into_inner).summary(now)
        };
        let report = replica.report(now);
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

impl<S: Replicated> Node<S> {
    /// How this node is doing: lag, staleness, latencies, what waits for peers. It prints as a text
    /// for people.
    ///
    /// It waits for the transaction in progress, as a read does.
    #[must_use]
    pub fn report(&self) -> Report {
        self.context.observed.report(lock(&*self.engine).replica(), &self.conflicts)
    }

    /// What of the [report](Self::report) is over a limit.
    #[must_use]
    pub fn health(&self, limits: &Limits) -> Health {
        self.report().health(limits)
    }

    /// Says how to count the conflicts in a value, for [`Report::conflicts`]: once, further calls
    /// change nothing.
    ///
    /// It is called for each report, while everybody waits; with metrics, that is once each
    /// [`NodeConfig::publish_interval`](crate::NodeConfig::publish_interval).
    pub fn count_conflicts_with(&self, count: impl Fn(&S) -> u64 + Send + Sync + 'static) {
        let _ = self.conflicts.set(Box::new(count));
    }
}
