use core::error::Error;
use core::fmt;

use crate::ReplicaId;

/// Entries that are not the canonical form of any [`VersionVector`](crate::VersionVector).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidClock {
    /// The sequence number is 0, which is spelled by leaving the replica out.
    Zero {
        /// The replica of the entry.
        replica: ReplicaId,
    },
    /// The replica comes after a greater one.
    Unsorted {
        /// The replica that comes too late.
        replica: ReplicaId,
    },
    /// The replica comes twice.
    Duplicate {
        /// The replica of the second entry.
        replica: ReplicaId,
    },
}

impl fmt::Display for InvalidClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero { replica } => write!(f, "`seq` of replica {replica} is 0"),
            Self::Unsorted { replica } => write!(f, "`replica` {replica} is out of order"),
            Self::Duplicate { replica } => write!(f, "`replica` {replica} comes twice"),
        }
    }
}

impl Error for InvalidClock {}
