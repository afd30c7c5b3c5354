use core::time::Duration;

use rejoin_codec::{EncodeError, SealError};
use rejoin_core::NodeId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::roll::Roll;
use crate::voters::Voters;

/// The version of the protocol: the first byte of every message.
const VERSION: u8 = 1;

/// A message for a node; it may get lost, late, out of order, or there twice.
///
/// `to` may be the sender itself, whose own acceptor is a voter like any other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "it is sent only by the transport"]
pub struct Outgoing<M> {
    /// The receiver.
    pub to: NodeId,
    /// The message.
    pub message: M,
}

/// Names one operation of one coordinator, so that an answer finds its way back, and an answer to
/// an operation of an earlier life is not taken for one to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId {
    /// Drawn by the coordinator when it was made, and one more with each change of voters.
    pub(crate) epoch: u64,
    pub(crate) number: u64,
}

/// From a coordinator to an acceptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request<S> {
    pub(crate) id: RequestId,
    /// What the coordinator takes for the voters.
    pub(crate) voters: Voters,
    pub(crate) ask: Ask<S>,
}

/// What a coordinator wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Ask<S> {
    /// "Keep this."
    #[serde(rename = "m")]
    Merge { delta: S },
    /// "Keep this, and tell me what you have then."
    #[serde(rename = "r")]
    Read {
        value: S,
        /// From 1 on for a strong read, otherwise 0.
        attempt: u32,
        /// How long the attempt before has taken.
        #[serde(with = "micros")]
        round: Duration,
    },
}

/// From an acceptor to a coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reply<S> {
    pub(crate) id: RequestId,
    /// Which enrolment of the voter this is an answer of.
    pub(crate) enrolment: u64,
    /// What the voter has recorded of the others.
    pub(crate) roll: Roll,
    pub(crate) answer: Answer<S>,
}

/// What an acceptor says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Answer<S> {
    /// "It is durable here."
    #[serde(rename = "m")]
    Merged,
    /// "This is what I have", durably: `value` joined with what was asked with.
    #[serde(rename = "v")]
    Value { value: S, attempt: u32 },
    /// "These are the voters, and you go by others."
    #[serde(rename = "r")]
    Refused { voters: Voters },
}

impl<S> Request<S> {
    /// Which operation it belongs to.
    #[must_use]
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// The bytes for the wire, in the same envelope as those of a
    /// [`Replica`](rejoin_store::Replica).
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError>
    where
        S: Serialize,
    {
        rejoin_codec::seal(VERSION, self)
    }

    /// Reads what [`encode`](Self::encode) has made.
    ///
    /// # Errors
    ///
    /// When the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError>
    where
        S: DeserializeOwned,
    {
        rejoin_codec::open(VERSION, bytes)
    }
}

impl<S> Reply<S> {
    /// Which operation it belongs to.
    #[must_use]
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// The bytes for the wire, in the same envelope as those of a
    /// [`Replica`](rejoin_store::Replica).
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError>
    where
        S: Serialize,
    {
        rejoin_codec::seal(VERSION, self)
    }

    /// Reads what [`encode`](Self::encode) has made.
    ///
    /// # Errors
    ///
    /// When the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError>
    where
        S: DeserializeOwned,
    {
        rejoin_codec::open(VERSION, bytes)
    }
}

/// Durations as microseconds.
mod micros {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}
