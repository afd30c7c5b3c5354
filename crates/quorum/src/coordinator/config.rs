use core::time::Duration;

/// The intervals of a [`Coordinator`](super::Coordinator), and the seed of its choices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CoordinatorConfig {
    /// **Different for each coordinator that is ever made**, at each start of a process too, such
    /// as a random number: requests are named by it, and an answer to a request of an earlier life
    /// must not be taken for one to this. Besides it seeds the jitter.
    pub seed: u64,
    /// How long to wait for an answer before asking again: 200 ms by default. The jitter
    /// is a quarter of it either way.
    pub retry_interval: Duration,
    /// At what part of the time to its deadline a quorum read asks the voters that it has not asked
    /// yet, in percent: 25 by default.
    pub hedge_percent: u32,
    /// Whether a quorum read brings what it has read to those of its quorum that lacked some of
    /// it, before it ends: true by default. Without it, a later quorum read may return
    /// less.
    pub read_repair: bool,
}

impl CoordinatorConfig {
    /// The usual intervals, with this [`seed`](Self::seed).
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let retry_interval = Duration::from_millis(200);
        Self { seed, retry_interval, hedge_percent: 25, read_repair: true }
    }

    /// With another [`seed`](Self::seed).
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// With another [`retry_interval`](Self::retry_interval).
    #[must_use]
    pub fn with_retry_interval(self, retry_interval: Duration) -> Self {
        Self { retry_interval, ..self }
    }

    /// With another [`hedge_percent`](Self::hedge_percent).
    #[must_use]
    pub fn with_hedge_percent(self, hedge_percent: u32) -> Self {
        Self { hedge_percent, ..self }
    }

    /// With or without [`read_repair`](Self::read_repair).
    #[must_use]
    pub fn with_read_repair(self, read_repair: bool) -> Self {
        Self { read_repair, ..self }
    }
}
