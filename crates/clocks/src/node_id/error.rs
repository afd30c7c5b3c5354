use core::error::Error;
use core::fmt;

/// Why a text is not a [`NodeId`](crate::NodeId).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseNodeIdError {
    /// It is no spelling of a UUID.
    Malformed,
    /// It is the id of a run of a node, a [`ReplicaId`](crate::ReplicaId) with an incarnation.
    Run,
}

impl fmt::Display for ParseNodeIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "a node id must be written as a UUID",
            Self::Run => "the id of a run, not of a node: the first 48 bits must be 0",
        })
    }
}

impl Error for ParseNodeIdError {}
