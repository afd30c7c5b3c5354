use core::fmt;

use rejoin_codec::EncodeError;

/// An edit was refused. Nothing has changed: neither the value nor the next dot of the replica.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusedEdit {
    /// What it changes has no encoding that can be read back as the same.
    Encode(EncodeError),
    /// What it changes, or what would be there then, takes more bytes than the limit.
    TooLong {
        /// How many bytes it takes.
        bytes: usize,
        /// How many it may take.
        limit: usize,
    },
}

impl From<EncodeError> for RefusedEdit {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl fmt::Display for RefusedEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(_) => {
                f.write_str("the edit cannot be encoded so that it can be read back")
            }
            Self::TooLong { bytes, limit } => {
                write!(
                    f,
                    "the edit, or the object after it, takes {bytes} bytes, more than the limit of {limit}"
                )
            }
        }
    }
}

impl core::error::Error for RefusedEdit {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Encode(error) => Some(error),
            Self::TooLong { .. } => None,
        }
    }
}
