use bytes::Bytes;
use rejoin_content::{Encoding, Replicated, delta_codec};
use rejoin_core::{ReplicaId, VersionVector, WallTime};
use rejoin_gossip::Deltas;
use serde::{Deserialize, Serialize};

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
    joined.bytes = delta_codec(&[writer]).to_vec(&value).ok()?.into();
    Some(joined)
}
