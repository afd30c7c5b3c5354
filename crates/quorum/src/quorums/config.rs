use crate::acceptor::Fairness;
use crate::coordinator::CoordinatorConfig;

/// The limits and intervals of [`Quorums`](super::Quorums).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuorumConfig {
    /// What its acceptors do for strong reads while others write.
    pub fairness: Fairness,
    /// The intervals of its coordinators. Of the [`seed`](CoordinatorConfig::seed), which may be
    /// the same everywhere, each makes its own: the id of the replica is mixed in, whose
    /// incarnation is another one in each run, so that no two runs name their requests alike.
    pub coordinator: CoordinatorConfig,
    /// The longest message, in bytes: 1 MiB unless told otherwise. It has to be the same at all
    /// members. An object that is longer than that cannot be read at these levels.
    pub max_message: usize,
}

impl QuorumConfig {
    /// With another [`fairness`](Self::fairness).
    #[must_use]
    pub fn with_fairness(self, fairness: Fairness) -> Self {
        Self { fairness, ..self }
    }

    /// With other intervals of its [`coordinator`](Self::coordinator)s.
    #[must_use]
    pub fn with_coordinator(self, coordinator: CoordinatorConfig) -> Self {
        Self { coordinator, ..self }
    }

    /// With another [`max_message`](Self::max_message).
    #[must_use]
    pub fn with_max_message(self, max_message: usize) -> Self {
        Self { max_message, ..self }
    }
}

impl Default for QuorumConfig {
    fn default() -> Self {
        Self {
            fairness: Fairness::default(),
            coordinator: CoordinatorConfig::new(0),
            max_message: 1 << 20,
        }
    }
}
