//! A seeded network in memory, to test replicated types and storages against what networks do.
//!
//! It runs the same [`Replica`](crate::Replica)s as any transport, on simulated time, and loses,
//! repeats, delays, reorders and damages their messages, cuts the network in parts, and crashes
//! replicas, which restart from what they had committed. The same seed gives the same run: a
//! failing seed replays exactly, and [`Network::trace`] tells two runs apart.
//!
//! ```
//! use core::time::Duration;
//! use rejoin_core::{Causal, DotMap, DotSet};
//! use rejoin_store::sim::{Faults, Network};
//!
//! let mut network = Network::<Causal<DotMap<String, DotSet>>>::new(42, 3, Faults::harsh());
//! network.edit(0, |tags| tags.entry("red".to_owned()).write());
//! network.partition(&[&[0, 1], &[2]]);
//! network.edit(2, |tags| tags.entry("blue".to_owned()).write());
//! network.run_for(Duration::from_secs(5));
//! assert!(!network.is_converged());
//!
//! network.heal();
//! network.run_until_quiet(Duration::from_secs(60))?;
//! assert_eq!(network.state(1).len(), 2);
//! # Ok::<(), rejoin_store::sim::NotConverged>(())
//! ```

mod network;
mod node;

use core::fmt;
use core::time::Duration;

pub use self::network::Network;
use crate::Time;

/// What the network does to messages, each with this probability.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// A message is lost.
    pub loss: f64,
    /// A message arrives twice, each time with its own delay.
    pub duplicate: f64,
    /// One bit of a message is flipped.
    pub corrupt: f64,
    /// The shortest way of a message.
    pub min_delay: Duration,
    /// The longest way of a message. Each takes its own time in between, so that messages overtake
    /// each other.
    pub max_delay: Duration,
    /// The longest time from a change to its commit, which makes all changes until then durable.
    pub max_commit_delay: Duration,
}

impl Faults {
    /// A perfect network: 1 ms each way, in order, with commits at once.
    #[must_use]
    pub fn none() -> Self {
        Self {
            loss: 0.0,
            duplicate: 0.0,
            corrupt: 0.0,
            min_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(1),
            max_commit_delay: Duration::ZERO,
        }
    }

    /// A bad one: a fifth lost, a fifth repeated, a twentieth damaged, 1 to 500 ms each way, and up
    /// to 50 ms to a commit.
    #[must_use]
    pub fn harsh() -> Self {
        Self {
            loss: 0.2,
            duplicate: 0.2,
            corrupt: 0.05,
            max_delay: Duration::from_millis(500),
            max_commit_delay: Duration::from_millis(50),
            ..Self::none()
        }
    }

    /// With another probability of [`loss`](Self::loss).
    #[must_use]
    pub fn with_loss(self, loss: f64) -> Self {
        Self { loss, ..self }
    }

    /// With another probability of [`duplicate`](Self::duplicate)s.
    #[must_use]
    pub fn with_duplicate(self, duplicate: f64) -> Self {
        Self { duplicate, ..self }
    }

    /// With another probability of damage ([`corrupt`](Self::corrupt)).
    #[must_use]
    pub fn with_corrupt(self, corrupt: f64) -> Self {
        Self { corrupt, ..self }
    }

    /// With other delays of messages.
    #[must_use]
    pub fn with_delay(self, min_delay: Duration, max_delay: Duration) -> Self {
        Self { min_delay, max_delay, ..self }
    }

    /// With another [`max_commit_delay`](Self::max_commit_delay).
    #[must_use]
    pub fn with_max_commit_delay(self, max_commit_delay: Duration) -> Self {
        Self { max_commit_delay, ..self }
    }
}

/// What has happened to messages so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Sent by replicas.
    pub sent: u64,
    /// Lost by chance, cut off by a partition, or on the way to a replica that was down.
    pub lost: u64,
    /// Sent on twice.
    pub duplicated: u64,
    /// Damaged by a flipped bit.
    pub corrupted: u64,
    /// Handed to a replica, and accepted by it.
    pub delivered: u64,
    /// Handed to a replica, and refused by it.
    pub refused: u64,
    /// Commits that failed.
    pub failed_commits: u64,
}

/// The replicas did not reach equal states in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotConverged {
    /// When the network was given up.
    pub at: Time,
}

impl fmt::Display for NotConverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replicas still differ at {}", self.at)
    }
}

impl core::error::Error for NotConverged {}
