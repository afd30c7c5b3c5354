use rejoin_core::CausalContext;
use rejoin_fragments::{Fragment, Question, Receipt};
use rejoin_gossip::{DeltaGroup, Frame};
use serde::{Deserialize, Serialize};

use crate::stats::Kind;
use crate::written::Written;

/// The version of the protocol: the first byte of every message.
pub(crate) const VERSION: u8 = 1;

/// A message between two replicas of a value `S` with digest `D`.
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
/// Fragment ───────▶                of a message that is longer than one should be
///          ◀─ Receipt              how far it has come
/// ```
// Names are one letter, because variants go by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Message<S, D> {
    /// Deltas, and what is said about them.
    #[serde(rename = "g")]
    Gossip(Box<Frame<Written<S>>>),
    /// "Have you the same?", now and then with a fingerprint of the whole value.
    #[serde(rename = "c")]
    Compare { ours: Fingerprints, content: Option<u64> },
    /// "This is what I have."
    #[serde(rename = "s")]
    Sync { digest: Known<D>, have: u64 },
    /// "We are equal", and with which deltas; with the fingerprint of the whole value if there was
    /// one in the question.
    #[serde(rename = "e")]
    Same { have: u64, content: Option<u64> },
    /// "This is what you lack, and what I have."
    #[serde(rename = "r")]
    Reply { part: Option<Part<S>>, digest: Option<Known<D>>, have: u64 },
    /// "This is what you lack."
    #[serde(rename = "p")]
    Part(Part<S>),
    /// A piece of the difference with this number, encoded as a value by itself.
    /// The last one is a `Part`.
    #[serde(rename = "k")]
    Chunk(u64, #[serde(with = "serde_bytes")] Vec<u8>),
    /// A piece of a message.
    #[serde(rename = "f")]
    Fragment(Fragment),
    /// How much of that message has come.
    #[serde(rename = "t")]
    Receipt(Receipt),
}

/// A message as it goes over the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Dated<M> {
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
pub(crate) struct Known<D> {
    pub(crate) digest: D,
    pub(crate) question: Question,
    /// Whether there are such pieces.
    pub(crate) has_pieces: bool,
}

/// A difference, or the last piece of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part<S> {
    /// What the receiver had asked.
    pub(crate) question: Question,
    /// The number of this difference at its source.
    pub(crate) answer: u64,
    /// What the receiver lacks, if it lacks anything.
    pub(crate) delta: Option<S>,
    /// The deltas that the receiver has after this.
    pub(crate) have: Option<CausalContext>,
    /// Those among them that are not in the value yet.
    pub(crate) held: Vec<DeltaGroup<Written<S>>>,
}

impl<S, D> Message<S, D> {
    /// Everything that it brings to merge.
    pub(crate) fn news(&self) -> impl Iterator<Item = &S> {
        let (frame, part) = match self {
            Self::Gossip(frame) => (Some(frame), None),
            Self::Reply { part, .. } => (None, part.as_ref()),
            Self::Part(part) => (None, Some(part)),
            _ => (None, None),
        };
        let held = part.into_iter().flat_map(|part| &part.held);
        let groups = frame.into_iter().flat_map(|frame| &frame.groups).chain(held);
        groups.map(|group| &group.delta.delta).chain(part.and_then(|part| part.delta.as_ref()))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Gossip(_) => Kind::Gossip,
            Self::Compare { .. } => Kind::Compare,
            Self::Sync { .. } => Kind::Sync,
            Self::Same { .. } | Self::Reply { .. } => Kind::Reply,
            Self::Part(_) | Self::Chunk(..) => Kind::Part,
            Self::Fragment(_) => Kind::Fragment,
            Self::Receipt(_) => Kind::Receipt,
        }
    }
}

/// Lets the frame of gossip in a message be altered, and seals it again; `None` if there is none in
/// it. It is for simulators that plant mistakes, and for messages of replicas in their first epoch.
#[cfg(feature = "inspect")]
#[must_use]
pub fn alter_frame<S: crate::Replicated>(
    message: &[u8],
    alter: impl FnOnce(&mut Frame<Written<S>>),
) -> Option<Vec<u8>> {
    let dated = rejoin_codec::open::<Dated<Message<S, S::Digest>>>(VERSION, message).ok()?;
    let Dated { epoch, message: Message::Gossip(mut frame) } = dated else { return None };
    alter(&mut frame);
    let message = Message::<S, S::Digest>::Gossip(frame);
    rejoin_codec::seal(VERSION, &Dated { epoch, message }).ok()
}
