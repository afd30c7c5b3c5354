use core::fmt;
use core::time::Duration;

/// What may not be exceeded, for a replica to count as healthy.
///
/// The defaults are for replicas that are connected all the time and read by people. Set them to a
/// few times what the [`Report`](crate::Report) says on a good day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// For how long a connected peer may lack a write: 30 s by default.
    pub divergence_window: Duration,
    /// How long 99 % of the writes of others may take: 10 s by default.
    pub lag_p99: Duration,
    /// How many bytes may be kept for peers: 8 MiB by default, half of what
    /// [`Config::max_log`](rejoin_store::Config::max_log) is by default.
    pub queue: usize,
    /// How many writes may be known to be missing: 10 000 by default.
    pub gaps: u64,
    /// How many of a hundred sampled reads may be stale: 100 by default, which is no limit.
    /// What is normal depends on how often is written.
    pub stale_percent: u32,
}

impl Limits {
    /// With another [`divergence_window`](Self::divergence_window).
    #[must_use]
    pub fn with_divergence_window(self, divergence_window: Duration) -> Self {
        Self { divergence_window, ..self }
    }

    /// With another [`lag_p99`](Self::lag_p99).
    #[must_use]
    pub fn with_lag_p99(self, lag_p99: Duration) -> Self {
        Self { lag_p99, ..self }
    }

    /// With another [`queue`](Self::queue).
    #[must_use]
    pub fn with_queue(self, queue: usize) -> Self {
        Self { queue, ..self }
    }

    /// With another number of [`gaps`](Self::gaps).
    #[must_use]
    pub fn with_gaps(self, gaps: u64) -> Self {
        Self { gaps, ..self }
    }

    /// With another [`stale_percent`](Self::stale_percent).
    #[must_use]
    pub fn with_stale_percent(self, stale_percent: u32) -> Self {
        Self { stale_percent, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            divergence_window: Duration::from_secs(30),
            lag_p99: Duration::from_secs(10),
            queue: 8 << 20,
            gaps: 10_000,
            stale_percent: 100,
        }
    }
}

/// Whether a replica is within its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Everything is.
    Healthy,
    /// This is not.
    Over(Vec<Excess>),
}

impl Health {
    /// Whether everything is within its limits.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        *self == Self::Healthy
    }

    /// What is not.
    #[must_use]
    pub fn excesses(&self) -> &[Excess] {
        match self {
            Self::Healthy => &[],
            Self::Over(excesses) => excesses,
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Healthy => f.write_str("healthy"),
            Self::Over(excesses) => excesses.iter().enumerate().try_for_each(|(at, excess)| {
                f.write_str(if at > 0 { "; " } else { "" })?;
                excess.fmt(f)
            }),
        }
    }
}

/// Something that is over its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excess {
    /// [`Report::divergence_window`](crate::Report::divergence_window).
    DivergenceWindow {
        /// How long it is.
        window: Duration,
        /// How long it may be.
        limit: Duration,
    },
    /// The 99th percentile of [`Report::lag`](crate::Report::lag).
    Lag {
        /// How long it is.
        p99: Duration,
        /// How long it may be.
        limit: Duration,
    },
    /// [`Report::buffered`](crate::Report::buffered).
    Queue {
        /// How many bytes there are.
        bytes: usize,
        /// How many there may be.
        limit: usize,
    },
    /// [`Report::gaps`](crate::Report::gaps).
    Gaps {
        /// How many writes are missing.
        writes: u64,
        /// How many may be.
        limit: u64,
    },
    /// [`Report::staleness`](crate::Report::staleness).
    StaleReads {
        /// How many of a hundred are stale, rounded up.
        percent: u32,
        /// How many may be.
        limit: u32,
    },
    /// [`Report::diverged`](crate::Report::diverged), of which there may be none.
    Diverged {
        /// How many peers.
        peers: usize,
    },
    /// [`Report::unreadable`](crate::Report::unreadable), of which there may be none: the replica
    /// may lack edits that it had acknowledged.
    Unreadable {
        /// How many records.
        records: u64,
    },
    /// [`Report::misfits`](crate::Report::misfits), of which there may be none.
    Misfits {
        /// How many peers.
        peers: usize,
    },
    /// [`Report::not_voting`](crate::Report::not_voting).
    NotVoting {
        /// Why.
        because: &'static str,
    },
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DivergenceWindow { window, limit } => {
                write!(f, "divergence window {window:.1?}, limit {limit:.1?}")
            }
            Self::Lag { p99, limit } => write!(f, "lag p99 {p99:.1?}, limit {limit:.1?}"),
            Self::Queue { bytes, limit } => write!(f, "queue {bytes} bytes, limit {limit} bytes"),
            Self::Gaps { writes, limit } => write!(f, "gaps {writes} writes, limit {limit} writes"),
            Self::StaleReads { percent, limit } => {
                write!(f, "stale reads {percent} %, limit {limit} %")
            }
            Self::NotVoting { because } => write!(f, "not voting: {because}"),
            Self::Diverged { peers } => write!(f, "diverged peers {peers}, limit 0"),
            Self::Misfits { peers } => write!(f, "peers that do not fit {peers}, limit 0"),
            Self::Unreadable { records } => write!(f, "unreadable records {records}, limit 0"),
        }
    }
}
