use core::error::Error;
use core::fmt;

use crate::ReplicaId;

/// Runs that are not the canonical form of any [`CausalContext`](crate::CausalContext).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidContext {
    /// A run starts at 0, but sequence numbers start at 1.
    Zero {
        /// The replica of the run.
        replica: ReplicaId,
    },
    /// A run ends before it starts, or a replica has no run at all.
    Empty {
        /// The replica of the run.
        replica: ReplicaId,
    },
    /// A run ends after the greatest sequence number, `u64::MAX`.
    Overflow {
        /// The replica of the run.
        replica: ReplicaId,
    },
    /// A replica comes after a greater one or for a second time, or a run before an earlier one.
    Unsorted {
        /// The replica of the run that comes too late.
        replica: ReplicaId,
    },
    /// A run shares sequence numbers with the one before.
    Overlapping {
        /// The replica of the second run.
        replica: ReplicaId,
    },
    /// A run starts where the one before ends, and the two should have been one.
    Adjacent {
        /// The replica of the second run.
        replica: ReplicaId,
    },
}

impl fmt::Display for InvalidContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero { replica } => write!(f, "`start` of a run of replica {replica} is 0"),
            Self::Empty { replica } => write!(f, "`runs` of replica {replica} has an empty run"),
            Self::Overflow { replica } => {
                write!(f, "`end` of a run of replica {replica} is over the maximum")
            }
            Self::Unsorted { replica } => {
                write!(f, "`replica` {replica} or one of its runs is out of order")
            }
            Self::Overlapping { replica } => write!(f, "`runs` of replica {replica} overlap"),
            Self::Adjacent { replica } => write!(f, "`runs` of replica {replica} are adjacent"),
        }
    }
}

impl Error for InvalidContext {}
