use core::error::Error;
use core::fmt;
use std::sync::Arc;

use rejoin_quorum::{InvalidVoters, OperationError};
use rejoin_session::NotSeen;
use rejoin_store::{HandleError, RefusedEdit, ReplicaId};

/// An edit was not acknowledged, or what was waited for did not come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NodeError {
    /// The edit cannot be encoded, or is too long. Nothing has changed.
    Refused(RefusedEdit),
    /// The storage failed. The edit is applied here, and it is undecided whether it is durable; it
    /// is not sent until a later transaction succeeds, which is tried four times a second.
    Storage(Arc<dyn Error + Send + Sync>),
    /// An earlier transaction has failed, and the storage fails still. The edit or operation was
    /// refused: it has not happened, and will not.
    Suspended(Arc<dyn Error + Send + Sync>),
    /// What a session asks for has not arrived here in time. Nothing was read or edited.
    NotSeen(NotSeen),
    /// The voters did not do what was asked of them.
    Operation(OperationError),
    /// There cannot be such voters.
    Voters(InvalidVoters),
    /// The node has been asked for its [objects](crate::Node::objects) before.
    HasObjects,
    /// The storage is of another [data set](crate::NodeConfig::data_set) than the node is to be.
    DataSet {
        /// That of the storage.
        stored: String,
        /// That of the configuration.
        configured: String,
    },
    /// The node cannot be started as it is configured.
    Config(&'static str),
    /// The node has been shut down. Whether the edit is durable is not known.
    Stopped,
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(_) => f.write_str("the edit was refused"),
            Self::Storage(_) => f.write_str("the edit could not be made durable"),
            Self::Suspended(_) => f.write_str("nothing was done, because the storage fails"),
            Self::NotSeen(_) => f.write_str("the node has not seen enough to serve the session"),
            Self::Operation(_) => f.write_str("the voters did not answer as was asked for"),
            Self::Voters(_) => f.write_str("there cannot be such voters"),
            Self::HasObjects => f.write_str("the node has been asked for its objects before"),
            Self::DataSet { stored, configured } => {
                write!(f, "the storage is of the data set {stored:?}, and not of {configured:?}")
            }
            Self::Config(reason) => f.write_str(reason),
            Self::Stopped => f.write_str("the node has been shut down"),
        }
    }
}

impl Error for NodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Storage(error) | Self::Suspended(error) => Some(&**error),
            Self::NotSeen(missing) => Some(missing),
            Self::Operation(error) => Some(error),
            Self::Voters(error) => Some(error),
            Self::HasObjects | Self::DataSet { .. } | Self::Config(_) | Self::Stopped => None,
        }
    }
}

/// A peer sent a message that the replica refused. Its link was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedMessage {
    /// The peer.
    pub peer: ReplicaId,
    /// Why.
    pub error: HandleError,
}

impl fmt::Display for RefusedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the peer sent a message that was refused")
    }
}

impl Error for RefusedMessage {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
