use core::time::Duration;

use super::super::{CoordinatorConfig, Fairness};

/// The limits and intervals of [`Quorums`](super::Quorums).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuorumConfig {
    /// What its acceptors do for strong reads while others write.
    pub fairness: Fairness,
    /// How long to wait for an answer before asking again: 200 ms unless told otherwise.
    pub retry_interval: Duration,
    /// At what part of the time to its deadline a quorum read asks further voters, in percent: 25
    /// unless told otherwise.
    pub hedge_percent: u32,
    /// Whether a quorum read brings what it has read to those of its quorum that lacked it, before it
    /// ends: yes, unless told otherwise.
    pub read_repair: bool,
    /// The longest message, in bytes: 1 MiB unless told otherwise. It has to be the same at all
    /// members. An object that is longer than that cannot be read at these levels.
    pub max_message: usize,
    /// The seed of what is left to chance. The id of the replica is mixed in, whose incarnation is
    /// another one in each run, so that no two runs name their requests alike.
    pub seed: u64,
}

impl QuorumConfig {
    /// With another [`fairness`](Self::fairness).
    #[must_use]
    pub fn with_fairness(self, fairness: Fairness) -> Self {
        Self { fairness, ..self }
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

    /// With another [`max_message`](Self::max_message).
    #[must_use]
    pub fn with_max_message(self, max_message: usize) -> Self {
        Self { max_message, ..self }
    }

    /// With another [`seed`](Self::seed).
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    pub(super) fn coordinator(&self, seed: u64) -> CoordinatorConfig {
        CoordinatorConfig::new(seed)
            .with_retry_interval(self.retry_interval)
            .with_hedge_percent(self.hedge_percent)
            .with_read_repair(self.read_repair)
    }
}

impl Default for QuorumConfig {
    fn default() -> Self {
        Self {
            fairness: Fairness::default(),
            retry_interval: Duration::from_millis(200),
            hedge_percent: 25,
            read_repair: true,
            max_message: 1 << 20,
            seed: 0,
        }
    }
}
