use core::error::Error;
use core::fmt;
use core::time::Duration;

use crate::{Hlc, WallTime};

/// Why an [`HlcClock`](crate::HlcClock) gives no stamp. The clock is as it was before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HlcError {
    /// The stamp of another replica is too far ahead of the local wall clock: one of the two
    /// clocks is wrong, and adopting the stamp would spread the error.
    Drift {
        /// The stamp that was not adopted.
        stamp: Hlc,
        /// What the local wall clock shows.
        wall: WallTime,
        /// How far ahead a stamp may be.
        max: Duration,
    },
    /// The local wall clock is too far ahead of the last stamp: it jumped, or time has passed.
    Jump {
        /// What it shows.
        wall: WallTime,
        /// The last stamp.
        last: Hlc,
        /// How far ahead it may be.
        max: Duration,
    },
    /// The wall clock or the last stamp is at the end of the range of 48 bits, in the year 10889.
    Exhausted,
}

impl fmt::Display for HlcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drift { stamp, wall, max } => {
                write!(f, "stamp {stamp} is more than {max:?} ahead of the wall clock {wall}")
            }
            Self::Jump { wall, last, max } => {
                write!(
                    f,
                    "the wall clock {wall} is more than {max:?} ahead of the last stamp {last}"
                )
            }
            Self::Exhausted => f.write_str("the hybrid logical clock has no later stamp"),
        }
    }
}

impl Error for HlcError {}
