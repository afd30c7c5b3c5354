mod error;

use core::fmt;
use core::str::FromStr;

pub use self::error::ParseNodeIdError;
use crate::ReplicaId;

/// The identity of a node: what stays the same from one run of a process to the next.
///
/// A node is where data is kept: one disk, and the process that works on it. Each run of the
/// process writes under an id of its own, a [`ReplicaId`], which [`run`](Self::run) or
/// [`fresh_run`](Self::fresh_run) makes of the node's id; [`ReplicaId::node`] is the way back.
///
/// What belongs to a node belongs to all of its runs: the right to count a bounded counter down, a
/// vote, a storage. Whatever is written, sent or acknowledged names a run.
///
/// It is 16 bytes, as a replica id is: 6 zeros, where a replica id has the incarnation, and the 10
/// bytes of the node. They are written and encoded as those of the replica id with incarnation 0.
/// Reading other ids of runs is an error, because a run that is taken for a node hides a mistake.
///
/// Ids are ordered by their bytes. The order means nothing, but it is the same everywhere, so it
/// may break ties.
///
/// # Examples
///
/// ```
/// use rejoin_clocks::{NodeId, ParseNodeIdError};
///
/// let alice = NodeId::from_u128(0xa11ce);
/// let (today, tomorrow) = (alice.run(1), alice.run(2));
/// assert_ne!(today, tomorrow);
/// assert_eq!((today.node(), tomorrow.node()), (alice, alice));
///
/// assert_eq!(alice.to_string(), "00000000-0000-0000-0000-0000000a11ce");
/// assert_eq!(alice.to_string().parse(), Ok(alice));
/// assert_eq!(today.to_string().parse::<NodeId>(), Err(ParseNodeIdError::Run));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(ReplicaId); // with incarnation 0

impl NodeId {
    /// A new id from 74 random bits of the operating system.
    ///
    /// ```
    /// # use rejoin_clocks::NodeId;
    /// assert_ne!(NodeId::random(), NodeId::random());
    /// ```
    #[cfg(feature = "std")]
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    #[must_use]
    pub fn random() -> Self {
        ReplicaId::random().node()
    }

    /// The id with these bytes, or `None` if they are the id of a run: the first 6 must be 0.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Self::from_replica(ReplicaId::from_bytes(bytes))
    }

    /// The id whose bytes are those of the lowest 80 bits of `value`, most significant first.
    ///
    /// Made for tests and examples: small numbers give readable ids that sort as the numbers do.
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        ReplicaId::from_u128(value).node()
    }

    /// The run of this node with this incarnation: the lowest 48 bits of `incarnation` are used.
    ///
    /// For runs that have to be the same each time. See [`ReplicaId`] for why no incarnation may be
    /// used twice.
    #[must_use]
    pub const fn run(self, incarnation: u64) -> ReplicaId {
        self.0.with_incarnation(incarnation)
    }

    /// A run of this node with an incarnation of 48 random bits of the operating system.
    ///
    /// Two of a thousand runs of a node have the same with a probability of 2 in 10⁹.
    ///
    /// ```
    /// # use rejoin_clocks::NodeId;
    /// let node = NodeId::random();
    /// assert_ne!(node.fresh_run(), node.fresh_run());
    /// ```
    #[cfg(feature = "std")]
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    #[must_use]
    pub fn fresh_run(self) -> ReplicaId {
        self.run(ReplicaId::random().incarnation())
    }

    /// The bytes of this id, of which the first 6 are 0.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The node that has this id, if its incarnation is 0.
    const fn from_replica(replica: ReplicaId) -> Option<Self> {
        if replica.incarnation() == 0 { Some(Self(replica)) } else { None }
    }
}

impl ReplicaId {
    /// The node of which this is a run.
    #[must_use]
    pub const fn node(self) -> NodeId {
        NodeId(self.with_incarnation(0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

/// The hyphenated form in lowercase, as in `00000000-0000-426f-9247-bb680e5fe0c8`.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Reads every usual spelling of a UUID: hyphenated, simple, braced and URN, in any case.
impl FromStr for NodeId {
    type Err = ParseNodeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let replica = text.parse().map_err(|_| ParseNodeIdError::Malformed)?;
        Self::from_replica(replica).ok_or(ParseNodeIdError::Run)
    }
}

/// As a replica id with incarnation 0, and announced as one.
#[cfg(feature = "serde")]
mod wire {
    use core::fmt;

    use serde::de::{Deserialize, Deserializer, Error, Visitor};
    use serde::ser::{Serialize, Serializer};

    use super::{NodeId, ParseNodeIdError};
    use crate::ReplicaId;

    impl Serialize for NodeId {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for NodeId {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                deserializer.deserialize_str(Text)
            } else {
                let replica = ReplicaId::deserialize(deserializer)?;
                Self::from_replica(replica).ok_or_else(|| D::Error::custom(ParseNodeIdError::Run))
            }
        }
    }

    struct Text;

    impl Visitor<'_> for Text {
        type Value = NodeId;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a node id, written as a UUID")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<NodeId, E> {
            text.parse().map_err(|error| E::custom(format_args!("{error}: {text:?}")))
        }
    }
}
