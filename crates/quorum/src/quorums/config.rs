use core::time::Duration;

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
    /// The longest message, in bytes: 1 MiB by default. It has to be the same at all
    /// members. What is longer goes in fragments.
    pub max_message: usize,
    /// How long an object may be after an edit, in bytes. The default is 256 MiB. It has to be the
    /// same at all members. An edit that would make it longer is refused
    /// ([`Quorums::stage`](super::Quorums::stage)).
    ///
    /// Edits at several nodes at once, and those that do not go through
    /// [`Quorums`](super::Quorums), may make it longer. One that takes up to twice as much can be
    /// read all the same; readers of one that takes more time out: see
    /// [`Quorums::oversized`](super::Quorums::oversized).
    pub max_object: usize,
    /// Whether each run of a voter votes only when at least half of all voters, others than itself,
    /// have recorded it, and it has read what they have. The default is off: then a voter is
    /// guarded by what its peers remember of it.
    ///
    /// With it, a disk that is older than it was, or is used twice, does no harm, noticed or not.
    /// It costs each start a message for each 256 objects to and from each other voter, and a voter
    /// that starts waits for ⌈n/2⌉ of the n − 1 others: with three voters, for both. If all voters
    /// have stopped at once, they vote when all of them are back.
    pub strict: bool,
    /// How long a run of a voter counts as live after it has greeted. The default is 20 s.
    /// It should be longer than the pause after which a transport dials again.
    pub run_timeout: Duration,
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

    /// With another [`max_object`](Self::max_object).
    #[must_use]
    pub fn with_max_object(self, max_object: usize) -> Self {
        Self { max_object, ..self }
    }

    /// With or without the [`strict`](Self::strict) mode.
    #[must_use]
    pub fn with_strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// With another [`run_timeout`](Self::run_timeout).
    #[must_use]
    pub fn with_run_timeout(self, run_timeout: Duration) -> Self {
        Self { run_timeout, ..self }
    }
}

impl QuorumConfig {
    /// The longest message that goes in fragments.
    pub(super) fn max_long(&self) -> usize {
        self.max_object.saturating_mul(2)
    }
}

impl Default for QuorumConfig {
    fn default() -> Self {
        Self {
            fairness: Fairness::default(),
            coordinator: CoordinatorConfig::new(0),
            max_message: 1 << 20,
            max_object: 256 << 20,
            strict: false,
            run_timeout: Duration::from_secs(20),
        }
    }
}
