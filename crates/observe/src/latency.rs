use core::time::Duration;

use crate::histogram::{Histogram, Summary};
use crate::recent::{Recent, Sum};
use rejoin_store::Time;

/// How long something took lately, for programs that serve reads and writes.
///
/// It covers the last `recent` at least, and the last two at most.
#[derive(Clone, Debug)]
pub struct Latency(Recent<Histogram>);

impl Latency {
    /// Nothing yet.
    #[must_use]
    pub fn new(recent: Duration) -> Self {
        Self(Recent::new(recent))
    }

    /// It took this long once more.
    pub fn record(&mut self, now: Time, took: Duration) {
        self.0.at(now).record(took);
    }

    /// How long it took lately.
    #[must_use]
    pub fn summary(&self, now: Time) -> Summary {
        self.0.get(now).summary()
    }
}

impl Sum for Histogram {
    fn add(&mut self, other: &Self) {
        self.add(other);
    }
}
