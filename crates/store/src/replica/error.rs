use core::fmt;

use rejoin_core::ReplicaId;

use crate::DecodeError;

/// A message was refused. It changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandleError {
    /// The message comes from this replica's own id: two processes write under one id, and are
    /// losing each other's edits. One of them needs a new id.
    OwnId,
    /// The sender is not connected.
    NotConnected(ReplicaId),
    /// The message is longer than [`Config::max_message`](crate::Config::max_message).
    TooLarge {
        /// The length of the message.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The message is damaged, or comes from another version, or from a replica of another type.
    Decode(DecodeError),
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnId => f.write_str("two replicas share one id"),
            Self::NotConnected(peer) => write!(f, "replica {peer} is not connected"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "message of {bytes} bytes where {limit} are allowed")
            }
            Self::Decode(_) => f.write_str("message cannot be read"),
        }
    }
}

impl core::error::Error for HandleError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}
