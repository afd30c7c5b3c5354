mod error;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use uuid::Uuid;

pub use self::error::ParseReplicaIdError;

/// The identity of one writer: 16 bytes, unique for as long as the data lives.
///
/// Every write is named by a replica id and a sequence number (a [`Dot`](crate::Dot)), so the
/// whole of replication rests on one promise: **no dot is ever minted twice**. It is kept by
/// three rules.
///
/// * **One writer at a time per id.** Two processes, or two clones of a value, that write under
///   the same id mint the same dots for different writes, and one of the two is lost.
/// * **One run of a process per id.** A process that starts from its disk cannot know whether the
///   disk is as it left it: it may have been copied, or restored from a backup, and then dots that
///   others have seen would be minted again. So each start takes a
///   [fresh run](crate::NodeId::fresh_run) of its node; the old one stays in version vectors, if it
///   wrote anything, which costs 24 bytes.
/// * **Never put the id of the local replica inside the replicated value.** Values that converged
///   would compare unequal, and a clone would carry the right to write. The id is an argument of
///   each edit.
///
/// A writer is one *run* of a [node](crate::NodeId). The first 6 bytes of its id are the run's
/// [*incarnation*](Self::incarnation), and the other 10 are those of the node, which stays the same
/// from one run to the next. Rights that are kept for a node, such as those of a bounded counter,
/// belong to all of its runs.
///
/// Ids are ordered by their bytes. The order means nothing, but it is the same everywhere, so it
/// may break ties.
///
/// # Examples
///
/// ```
/// use rejoin_clocks::ReplicaId;
///
/// let alice = ReplicaId::from_u128(0xa11ce);
/// assert_eq!(alice.to_string(), "00000000-0000-0000-0000-0000000a11ce");
/// assert_eq!(alice.to_string().parse(), Ok(alice));
///
/// let tomorrow = alice.node().run(2);
/// assert_eq!(tomorrow.to_string(), "00000000-0002-0000-0000-0000000a11ce");
/// assert_eq!((tomorrow.node(), tomorrow.incarnation()), (alice.node(), 2));
/// ```
#[derive(Clone, Copy)]
pub struct ReplicaId(Uuid);

/// The bits that are the same in all runs of a node.
const NODE: u128 = u128::MAX >> (u128::BITS - NODE_BITS);
const NODE_BITS: u32 = 80;

impl ReplicaId {
    /// A new id from 122 random bits of the operating system.
    ///
    /// ```
    /// # use rejoin_clocks::ReplicaId;
    /// assert_ne!(ReplicaId::random(), ReplicaId::random());
    /// ```
    #[cfg(feature = "std")]
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id whose bytes are those of `value`, most significant first.
    ///
    /// Made for tests and examples: small numbers give readable ids that sort as the numbers do.
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        Self(Uuid::from_u128(value))
    }

    /// Which run of its node this is: a number of 48 bits.
    #[must_use]
    pub const fn incarnation(self) -> u64 {
        (self.0.as_u128() >> NODE_BITS) as u64 // 48 bits are left
    }

    /// The bytes of this id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The run of the same node with this incarnation, of which the lowest 48 bits are used.
    pub(crate) const fn with_incarnation(self, incarnation: u64) -> Self {
        let incarnation = (incarnation as u128) << NODE_BITS;
        Self(Uuid::from_u128(self.0.as_u128() & NODE | incarnation))
    }
}

// The order of a number is that of its bytes, most significant first, and numbers are compared and
// hashed in a few instructions, where arrays of bytes go through a call.

impl PartialEq for ReplicaId {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_u128() == other.0.as_u128()
    }
}

impl Eq for ReplicaId {}

impl PartialOrd for ReplicaId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ReplicaId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.as_u128().cmp(&other.0.as_u128())
    }
}

impl Hash for ReplicaId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.0.as_u128());
    }
}

impl fmt::Debug for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplicaId({})", self.0.as_hyphenated())
    }
}

/// The hyphenated form in lowercase, as in `67e55044-10b1-426f-9247-bb680e5fe0c8`.
impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_hyphenated(), f)
    }
}

/// Reads every usual spelling of a UUID: hyphenated, simple, braced and URN, in any case.
impl FromStr for ReplicaId {
    type Err = ParseReplicaIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self).map_err(|_| ParseReplicaIdError)
    }
}

impl From<Uuid> for ReplicaId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<ReplicaId> for Uuid {
    fn from(replica: ReplicaId) -> Self {
        replica.0
    }
}

/// A hyphenated string in human-readable formats, otherwise 16 bytes that are
/// [announced](crate::announce).
#[cfg(feature = "serde")]
pub(crate) mod wire {
    use core::fmt;

    use serde::de::{self, Deserialize, Deserializer, Visitor};
    use serde::ser::{Serialize, Serializer};

    use super::ReplicaId;
    use crate::announce::REPLICA_ID;

    impl Serialize for ReplicaId {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                serializer.serialize_newtype_struct(REPLICA_ID, &Raw(self.as_bytes()))
            }
        }
    }

    struct Raw<'a>(&'a [u8; 16]);

    impl Serialize for Raw<'_> {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    impl<'de> Deserialize<'de> for ReplicaId {
        #[inline]
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                deserializer.deserialize_str(Text)
            } else {
                Aligned::deserialize(deserializer).map(Self::from)
            }
        }
    }

    /// An id on its way out of bytes. Results of it are aligned, and those of bytes are not, which
    /// takes twice the time for each dot that is read.
    pub(crate) struct Aligned(u128);

    impl From<Aligned> for ReplicaId {
        #[inline]
        fn from(Aligned(bytes): Aligned) -> Self {
            Self::from_bytes(bytes.to_ne_bytes())
        }
    }

    impl<'de> Deserialize<'de> for Aligned {
        #[inline]
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_newtype_struct(REPLICA_ID, Bytes)
        }
    }

    struct Text;

    impl Visitor<'_> for Text {
        type Value = ReplicaId;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a replica id, written as a UUID")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<ReplicaId, E> {
            text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }

    struct Bytes;

    impl<'de> Visitor<'de> for Bytes {
        type Value = Aligned;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a replica id, 16 bytes")
        }

        #[inline]
        fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Aligned, D::Error> {
            inner.deserialize_bytes(self)
        }

        #[inline]
        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Aligned, E> {
            let bytes = bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))?;
            Ok(Aligned(u128::from_ne_bytes(bytes)))
        }
    }
}
