use core::fmt;

use rejoin_codec::SealError;
use rejoin_content::Unfit;
use rejoin_core::{ForkedId, ReplicaId};

/// A message was refused. It changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandleError {
    /// The message comes from this replica's own id: two processes write under one id, and are
    /// losing each other's edits. One of them needs a new id.
    OwnId,
    /// The message knows writes under this replica's own id, or uses of rights that belong to its
    /// node, that were not made here: another process writes under that id, or runs on a copy of
    /// this disk, or this one on a restored backup. Going on would lose edits or spend rights
    /// twice, so the storage has to be made that of another node first.
    Forked(ForkedId),
    /// The sender is not connected.
    NotConnected(ReplicaId),
    /// The message is longer than [`Config::max_message`](crate::Config::max_message).
    TooLarge {
        /// The length of the message.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The message is about values that have been [rewritten](crate::Replica::next_epoch) another
    /// number of times. The replica with the lower epoch has been left out: give it an empty
    /// storage, and it gets everything from its peers.
    Epoch {
        /// That of the sender.
        theirs: u64,
        /// That of this replica.
        ours: u64,
    },
    /// The message is damaged, or comes from another version, or from a replica of another type.
    Decode(SealError),
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnId => f.write_str("two replicas share one id"),
            Self::Forked(_) => f.write_str("this replica's id is used twice"),
            Self::NotConnected(peer) => write!(f, "replica {peer} is not connected"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "message of {bytes} bytes where {limit} are allowed")
            }
            Self::Epoch { theirs, ours } => {
                write!(f, "message of epoch {theirs} where this is epoch {ours}")
            }
            Self::Decode(_) => f.write_str("message cannot be read"),
        }
    }
}

impl core::error::Error for HandleError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Forked(error) => Some(error),
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Unfit> for HandleError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Decode(error) => Self::Decode(error.into()),
            Unfit::Forked(error) => Self::Forked(error),
        }
    }
}
