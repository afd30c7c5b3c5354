use core::fmt;

/// Why a replica cannot count down or transfer as much. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpendError {
    /// It has not the right to as much.
    Insufficient {
        /// How much it could have been.
        available: u128,
    },
    /// It has the right to it, but what it has counted in all would take more than 64 bits.
    /// Another run of its node has the same rights, and counts from 0.
    Full,
}

impl fmt::Display for SpendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insufficient { available } => {
                write!(f, "this replica has the right to {available} only")
            }
            Self::Full => f.write_str("what this replica has counted would take more than 64 bits"),
        }
    }
}

impl core::error::Error for SpendError {}
