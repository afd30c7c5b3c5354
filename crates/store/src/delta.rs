use bytes::Bytes;
use rejoin_codec::{Codec, DecodeError};
use rejoin_core::{ReplicaId, VersionVector, WallTime};
use rejoin_gossip::Deltas;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::replicated::Replicated;

/// A delta as it is kept, stored and sent, and what its writer says about it.
///
/// It is encoded once, by its writer, and its bytes are the same wherever it goes. Joined deltas
/// say what is true of all of them: the earliest stamp, and all that any of them depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delta {
    /// When it was made, by its writer's clock, unless the writer
    /// [has none](crate::Replica::set_clock). [`WallTime::UNIX_EPOCH`] if that is not known of the
    /// first of what is joined here.
    pub at: Option<WallTime>,
    /// What its writer had seen of others, beyond what its earlier deltas say: where replicas are
    /// [causal](crate::Config::causal), and empty elsewhere.
    pub after: VersionVector,
    /// The encoding of what was written.
    pub(crate) bytes: Bytes,
}

/// Some bytes of a message or a record.
#[derive(Clone, Copy)]
pub(crate) enum Encoding<'a> {
    /// A delta of this writer, whose id it does not have.
    Delta(ReplicaId, &'a [u8]),
    /// A part of a value, by itself.
    Part(&'a [u8]),
}

impl Encoding<'_> {
    pub(crate) fn decode<S: DeserializeOwned>(self) -> Result<S, DecodeError> {
        match self {
            Self::Delta(writer, bytes) => codec(&[writer]).from_slice(bytes),
            Self::Part(bytes) => rejoin_codec::from_slice(bytes),
        }
    }
}

/// What deltas of this writer are encoded with.
pub(crate) const fn codec(writer: &[ReplicaId; 1]) -> Codec<'_> {
    Codec::new().enclosed(writer)
}

impl Delta {
    /// The stamp is that of something that is not here any more. It is the earliest from now on,
    /// which joining does not change.
    fn forget_stamp(&mut self) {
        self.at = self.at.map(|_| WallTime::UNIX_EPOCH);
    }

    pub(crate) fn encoding(&self, writer: ReplicaId) -> Encoding<'_> {
        Encoding::Delta(writer, &self.bytes)
    }

    /// What gossip does with the deltas of a type.
    pub(crate) fn of<S: Replicated>() -> Deltas<Self> {
        let weigh = |delta: &Self| delta.bytes.len();
        Deltas { weigh, join: join::<S>, cut: Self::forget_stamp }
    }
}

fn join<S: Replicated>(
    writer: ReplicaId,
    deltas: &mut dyn Iterator<Item = &Delta>,
) -> Option<Delta> {
    let (mut value, mut joined) = (S::default(), Delta::default());
    for delta in deltas {
        value.merge(delta.encoding(writer).decode().ok()?);
        joined.at = joined.at.into_iter().chain(delta.at).min();
        joined.after.join(&delta.after);
    }
    joined.bytes = codec(&[writer]).to_vec(&value).ok()?.into();
    Some(joined)
}
