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

/// A string `replica:seq` in human-readable formats, so that it can be a key too; otherwise a pair
/// that is [announced](crate::announce).
#[cfg(feature = "serde")]
mod wire {
    use core::fmt;

    use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Unexpected, Visitor};
    use serde::ser::{Serialize, SerializeTuple, Serializer};

    use super::Dot;
    use crate::ReplicaId;
    use crate::announce::DOT;
    use crate::replica_id::wire::Aligned;

    impl Serialize for Dot {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                serializer.serialize_newtype_struct(DOT, &Pair(*self))
            }
        }
    }

    struct Pair(Dot);

    impl Serialize for Pair {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut pair = serializer.serialize_tuple(2)?;
            pair.serialize_element(&self.0.replica)?;
            pair.serialize_element(&self.0.seq())?;
            pair.end()
        }
    }

    impl<'de> Deserialize<'de> for Dot {
        #[inline]
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                deserializer.deserialize_str(Parts)
            } else {
                deserializer.deserialize_newtype_struct(DOT, Parts)
            }
        }
    }

    fn dot<E: Error>(replica: ReplicaId, seq: u64) -> Result<Dot, E> {
        let zero = "invalid dot: `seq` is 0, sequence numbers start at 1";
        Dot::new(replica, seq).ok_or_else(|| E::custom(zero))
    }

    struct Parts;

    impl<'de> Visitor<'de> for Parts {
        type Value = Dot;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a dot, written as replica:seq")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Dot, E> {
            let invalid = || E::invalid_value(Unexpected::Str(text), &self);
            let (replica, digits) = text.rsplit_once(':').ok_or_else(invalid)?;
            let replica = replica.parse().map_err(|_| invalid())?;
            // Decimal digits in the one way that we write them.
            let seq = digits.parse::<u64>().map_err(|_| invalid())?;
            if !digits.starts_with(|first: char| first.is_ascii_digit())
                || digits.len() > 1 && digits.starts_with('0')
            {
                return Err(invalid());
            }
            dot(replica, seq)
        }

        #[inline]
        fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Dot, D::Error> {
            inner.deserialize_tuple(2, self)
        }

        #[inline]
        fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Dot, A::Error> {
            let replica: Aligned =
                pair.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
            let seq = pair.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
            dot(replica.into(), seq)
        }
    }
}
