use core::time::Duration;

/// How closely an [`Observer`](crate::Observer) looks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObserveConfig {
    /// Of how many reads one is sampled for staleness, on average: 16 by default, and 0
    /// for none. More than 1 024 a [`stale_window`](Self::stale_window) are never taken.
    pub sample_every: u32,
    /// How long a sampled read waits for writes that it should have seen, before it counts as
    /// fresh: 10 s by default. Writes that take longer than that to come are not
    /// noticed.
    pub stale_window: Duration,
    /// How far back lag, staleness and latencies go: this far at least, and twice as far at most. A
    /// minute by default.
    pub recent: Duration,
}

impl ObserveConfig {
    /// With another [`sample_every`](Self::sample_every).
    #[must_use]
    pub fn with_sample_every(self, sample_every: u32) -> Self {
        Self { sample_every, ..self }
    }

    /// With another [`stale_window`](Self::stale_window).
    #[must_use]
    pub fn with_stale_window(self, stale_window: Duration) -> Self {
        Self { stale_window, ..self }
    }

    /// With another [`recent`](Self::recent).
    #[must_use]
    pub fn with_recent(self, recent: Duration) -> Self {
        Self { recent, ..self }
    }
}

impl Default for ObserveConfig {
    fn default() -> Self {
        Self {
            sample_every: 16,
            stale_window: Duration::from_secs(10),
            recent: Duration::from_secs(60),
        }
    }
}
