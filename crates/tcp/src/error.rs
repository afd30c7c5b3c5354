use core::error::Error;
use core::fmt;
use std::io;
use std::sync::Arc;

use rejoin_store::HandleError;
use rejoin_store::consistency::{InvalidVoters, NotSeen, OperationError};

/// An edit was not acknowledged, or what was waited for did not come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NodeError {
    /// The storage failed. The edit is applied here, but may not be durable, and is sent to nobody
    /// until a later transaction succeeds.
    Storage(Arc<dyn Error + Send + Sync>),
    /// What a session asks for has not arrived here in time. Nothing was read or edited.
    NotSeen(NotSeen),
    /// The voters did not do what was asked of them.
    Operation(OperationError),
    /// There cannot be such voters.
    Voters(InvalidVoters),
    /// The node has been asked for its [objects](crate::Node::objects) before.
    HasObjects,
    /// The node has been shut down. Whether the edit is durable is not known.
    Stopped,
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(_) => f.write_str("the edit could not be made durable"),
            Self::NotSeen(_) => f.write_str("the node has not seen enough to serve the session"),
            Self::Operation(_) => f.write_str("the voters did not answer as was asked for"),
            Self::Voters(_) => f.write_str("there cannot be such voters"),
            Self::HasObjects => f.write_str("the node has been asked for its objects before"),
            Self::Stopped => f.write_str("the node has been shut down"),
        }
    }
}

impl Error for NodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Storage(error) => Some(&**error),
            Self::NotSeen(missing) => Some(missing),
            Self::Operation(error) => Some(error),
            Self::Voters(error) => Some(error),
            Self::HasObjects | Self::Stopped => None,
        }
    }
}

/// Why a connection was closed, or never came about. The node itself goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The other side has our own replica id: the same node, or a copy of its storage. Two
    /// processes that write under one id lose each other's edits; one needs a new id.
    SameId,
    /// The other side does not greet as a rejoin node does.
    Foreign,
    /// The other side speaks another version of the protocol.
    Version {
        /// Its version.
        found: u8,
        /// Ours, the only one that this build speaks.
        expected: u8,
    },
    /// A frame is longer than [`NodeConfig::max_frame`](crate::NodeConfig::max_frame).
    FrameTooLong,
    /// A frame is of no kind that there is, or cannot be inflated.
    Damaged,
    /// The replica refused a message.
    Message(HandleError),
    /// Nothing came, or nothing could be sent, for
    /// [`NodeConfig::idle_timeout`](crate::NodeConfig::idle_timeout).
    Silent,
    /// The other side closed the connection before it had greeted.
    Closed,
    /// The socket failed.
    Io(io::Error),
}

impl ConnectionError {
    /// Whether it is the other side's doing.
    pub(crate) fn is_refusal(&self) -> bool {
        !matches!(self, Self::Silent | Self::Closed | Self::Io(_))
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameId => f.write_str("two replicas share one id"),
            Self::Foreign => f.write_str("the peer is not a rejoin node"),
            Self::Version { found, expected } => {
                write!(f, "the peer speaks protocol version {found}, and this node {expected}")
            }
            Self::FrameTooLong => f.write_str("the peer sent a frame that is too long"),
            Self::Damaged => f.write_str("the peer sent a frame that cannot be read"),
            Self::Message(_) => f.write_str("the peer sent a message that was refused"),
            Self::Silent => f.write_str("the peer has been silent for too long"),
            Self::Closed => f.write_str("the peer closed the connection before greeting"),
            Self::Io(_) => f.write_str("the connection failed"),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Message(error) => Some(error),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for ConnectionError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::FrameTooLong, // so says the codec
            _ => Self::Io(error),
        }
    }
}
