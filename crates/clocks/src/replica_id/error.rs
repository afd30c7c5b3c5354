use core::error::Error;
use core::fmt;

/// The text is not a [`ReplicaId`](crate::ReplicaId): no spelling of a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseReplicaIdError;

impl fmt::Display for ParseReplicaIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a replica id must be written as a UUID")
    }
}

impl Error for ParseReplicaIdError {}
