use core::fmt;

use crate::CodecError;

/// A commit failed: the changes stay applied and pending, and are sent to nobody. Or a compaction
/// failed: what was stored before is stored still.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitError<E> {
    /// The storage failed.
    Storage(E),
    /// The changes cannot be encoded.
    Encode(CodecError),
}

impl<E> From<CodecError> for CommitError<E> {
    fn from(error: CodecError) -> Self {
        Self::Encode(error)
    }
}

impl<E> fmt::Display for CommitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(_) => f.write_str("changes could not be stored"),
            Self::Encode(_) => f.write_str("changes cannot be encoded"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for CommitError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Encode(error) => Some(error),
        }
    }
}
