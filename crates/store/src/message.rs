use core::slice;

use bytes::Bytes;
use rejoin_content::Encoding;
use rejoin_core::CausalContext;
use rejoin_fragments::{Fragment, Question, Receipt};
use rejoin_gossip::{DeltaGroup, Frame};
use serde::{Deserialize, Serialize};

use crate::delta::Delta;
use crate::stats::Kind;

/// The version of the protocol: the first byte of every message.
pub(crate) const VERSION: u8 = 2;

/// A message between two replicas of a value.
///
/// ```text
/// Gossip{frame} ──▶                deltas as soon as they are durable, acknowledged and relayed
///
/// asker            answerer
///   │ Compare ───────▶ │           now and then: two fingerprints
///   │ ◀─ Same                      equal, and done
///   │ ◀───────── Sync{digest}      different for no reason that gossip knows; so roles change
///
///   │ Sync{digest} ──▶ │           who lacks what gossip keeps no more
///   │ ◀─ Reply{part, digest}
///   │ Part{part} ────▶ │           only if the answerer lacks something
///
/// Delta ─────────▶                 one that is long goes by itself, in fragments
///
/// Fragment ───────▶                of a message that is longer than one should be
///          ◀─ Receipt              how far it has come
/// ```
// Names are one letter, because variants go by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// Deltas, and what is said about them.
    #[serde(rename = "g")]
    Gossip(Box<Frame<Delta>>),
    /// "Have you the same?", now and then with a fingerprint of the whole value.
    #[serde(rename = "c")]
    Compare { ours: Fingerprints, content: Option<u64> },
    /// "This is what I have."
    #[serde(rename = "s")]
    Sync { digest: Known, have: u64 },
    /// "We are equal", and with which deltas; with the fingerprint of the whole value if there was
    /// one in the question.
    #[serde(rename = "e")]
    Same { have: u64, content: Option<u64> },
    /// "This is what you lack, and what I have."
    #[serde(rename = "r")]
    Reply { part: Option<Part>, digest: Option<Known>, have: u64 },
    /// "This is what you lack."
    #[serde(rename = "p")]
    Part(Part),
    /// A piece of the difference with this number. The last one is a `Part`.
    #[serde(rename = "k")]
    Chunk(u64, Bytes),
    /// A delta that is too long for a frame. It says nothing of the link, so that it goes on after
    /// a cut, from whatever neighbour.
    #[serde(rename = "d")]
    Delta(Box<DeltaGroup<Delta>>),
    /// A piece of a message: of a delta, or of something that its sender says of itself.
    #[serde(rename = "f")]
    Fragment { of_delta: bool, fragment: Fragment },
    /// How much of that message has come.
    #[serde(rename = "t")]
    Receipt(Receipt),
}

/// A message as it goes over the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Dated<M = Message> {
    /// How often the values have been rewritten that it speaks of: see
    /// [`Replica::next_epoch`](crate::Replica::next_epoch).
    pub(crate) epoch: u64,
    pub(crate) message: M,
}

/// Fingerprints of what a replica has: of the digest of its value, and of the deltas that are in
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprints {
    pub(crate) digest: u64,
    pub(crate) have: u64,
}

/// What a replica has, for the peer that is to send the rest: the digest of its value joined with
/// the pieces of a difference that have come from that peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) digest: Bytes,
    pub(crate) question: Question,
    /// Whether there are such pieces.
    pub(crate) has_pieces: bool,
}

/// A difference, or the last piece of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// What the receiver had asked.
    pub(crate) question: Question,
    /// The number of this difference at its source.
    pub(crate) answer: u64,
    /// What the receiver lacks, if it lacks anything.
    pub(crate) delta: Option<Bytes>,
    /// The deltas that the receiver has after this.
    pub(crate) have: Option<CausalContext>,
    /// Those among them that are not in the value yet.
    pub(crate) held: Vec<DeltaGroup<Delta>>,
}

impl Message {
    /// Everything that it brings to merge: first deltas, then a part of a value.
    pub(crate) fn news(&self) -> impl Iterator<Item = Encoding<'_>> {
        let (groups, part) = match self {
            Self::Gossip(frame) => (frame.groups.as_slice(), None),
            Self::Delta(group) => (slice::from_ref(&**group), None),
            Self::Reply { part: Some(part), .. } | Self::Part(part) => {
                (part.held.as_slice(), part.delta.as_ref())
            }
            Self::Chunk(_, piece) => (&[][..], Some(piece)),
            _ => (&[][..], None),
        };
        groups
            .iter()
            .map(|group| group.delta.encoding(group.origin))
            .chain(part.map(|part| Encoding::Part(part)))
    }

    /// What the sender has.
    pub(crate) fn digest(&self) -> Option<&Bytes> {
        match self {
            Self::Sync { digest, .. } | Self::Reply { digest: Some(digest), .. } => {
                Some(&digest.digest)
            }
            _ => None,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Gossip(_) | Self::Delta(_) => Kind::Gossip,
            Self::Compare { .. } => Kind::Compare,
            Self::Sync { .. } => Kind::Sync,
            Self::Same { .. } | Self::Reply { .. } => Kind::Reply,
            Self::Part(_) | Self::Chunk(..) => Kind::Part,
            Self::Fragment { .. } => Kind::Fragment,
            Self::Receipt(_) => Kind::Receipt,
        }
    }
}

/// Lets the frame of gossip in a message be altered, and seals it again; `None` if there is none in
/// it. It is for simulators that plant mistakes, and for messages of replicas in their first epoch.
#[cfg(feature = "inspect")]
#[must_use]
pub fn alter_frame(message: &[u8], alter: impl FnOnce(&mut Frame<Delta>)) -> Option<Vec<u8>> {
    let mut dated = rejoin_codec::open::<Dated>(VERSION, message).ok()?;
    let Message::Gossip(frame) = &mut dated.message else { return None };
    alter(frame);
    rejoin_codec::seal(VERSION, &dated).ok()
}
