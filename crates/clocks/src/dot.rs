use core::fmt;
use core::num::NonZeroU64;

use crate::ReplicaId;

/// The name of one write: the `seq`-th write of `replica`.
///
/// Sequence numbers start at 1, so that 0 can mean "nothing seen" in a
/// [`VersionVector`](crate::VersionVector), and `Option<Dot>` takes no more room than `Dot`.
/// Dots are ordered by replica, then by sequence number; two dots of different replicas have no
/// order in time.
///
/// # Examples
///
/// ```
/// use rejoin_clocks::{CausalContext, Dot, ReplicaId};
///
/// let alice = ReplicaId::from_u128(1);
/// let dot = Dot::new(alice, 7).expect("7 is not 0");
/// assert_eq!((dot.replica(), dot.seq()), (alice, 7));
/// assert_eq!(Dot::new(alice, 0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    replica: ReplicaId,
    seq: NonZeroU64,
}

impl Dot {
    /// The `seq`-th write of `replica`, or `None` if `seq` is 0.
    #[must_use]
    pub const fn new(replica: ReplicaId, seq: u64) -> Option<Self> {
        match NonZeroU64::new(seq) {
            Some(seq) => Some(Self { replica, seq }),
            None => None,
        }
    }

    /// The replica that wrote.
    #[must_use]
    pub const fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// The place of the write among those of its replica, from 1.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq.get()
    }
}

impl fmt::Debug for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dot({self})")
    }
}

/// The replica and the sequence number, with a colon between.
impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.replica, self.seq)
    }
}

/// A struct with the fields `replica` and `seq`.
#[cfg(feature = "serde")]
mod wire {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    use super::Dot;
    use crate::ReplicaId;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename = "Dot")]
    struct Fields {
        replica: ReplicaId,
        seq: u64,
    }

    impl Serialize for Dot {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Fields { replica: self.replica, seq: self.seq() }.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Dot {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Fields { replica, seq } = Fields::deserialize(deserializer)?;
            Self::new(replica, seq).ok_or_else(|| {
                D::Error::custom("invalid dot: `seq` is 0, sequence numbers start at 1")
            })
        }
    }
}
