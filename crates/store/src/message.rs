use rejoin_core::CausalContext;
use serde::{Deserialize, Serialize};

use crate::Written;
use crate::gossip::{Frame, Group};

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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Message<S, D> {
    /// Deltas, and what is said about them.
    Gossip(Box<Frame<Written<S>>>),
    /// "Have you the same?", now and then with a fingerprint of the whole value.
    Compare { ours: Fingerprints, content: Option<u64> },
    /// "This is what I have."
    Sync { digest: D, have: u64 },
    /// "We are equal", and with which deltas; with the fingerprint of the whole value if there was one
    /// in the question.
    Same { have: u64, content: Option<u64> },
    /// "This is what you lack, and what I have."
    Reply { part: Option<Part<S>>, digest: Option<D> },
    /// "This is what you lack."
    Part(Part<S>),
    /// A piece of a difference, encoded as a value by itself.
    Chunk(#[serde(with = "serde_bytes")] Vec<u8>),
    /// A piece of a message.
    Fragment(Fragment),
    /// How much of that message has come.
    Receipt(Receipt),
}

/// A message as it goes over the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Dated<M> {
    /// How often the values have been rewritten that it speaks of: see
    /// [`Durable::begin_epoch`](crate::Durable::begin_epoch).
    pub(crate) epoch: u64,
    pub(crate) message: M,
}

/// Fingerprints of what a replica has: of the digest of its value, and of the deltas that are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprints {
    pub(crate) digest: u64,
    pub(crate) have: u64,
}

/// A difference, or a piece of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part<S> {
    /// What the receiver lacks, if it lacks anything.
    pub(crate) delta: Option<S>,
    /// The deltas that the receiver has after this.
    pub(crate) have: Option<CausalContext>,
    /// Those among them that are not in the value yet.
    pub(crate) held: Vec<Group<Written<S>>>,
}

/// A piece of a message that is named by its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fragment {
    pub(crate) name: u64,
    /// The length of the message.
    pub(crate) length: u64,
    /// Where the piece begins.
    pub(crate) start: u64,
    #[serde(with = "serde_bytes")]
    pub(crate) bytes: Vec<u8>,
}

/// How much has come of the message with this fingerprint, from its beginning without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) name: u64,
    pub(crate) end: u64,
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Edits on their way along the trees, and acknowledgements.
    Gossip,
    /// The question whether two replicas are equal.
    Compare,
    /// The first message of a sync: a digest.
    Sync,
    /// The second: what the asker lacks, and the answerer's digest if it lacks something itself.
    Reply,
    /// The third, and further ones where there is much: what the receiver lacks.
    Part,
    /// A piece of a long message.
    Fragment,
    /// An acknowledgement of such pieces.
    Receipt,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Gossip,
        Self::Compare,
        Self::Sync,
        Self::Reply,
        Self::Part,
        Self::Fragment,
        Self::Receipt,
    ];
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
            Self::Part(_) | Self::Chunk(_) => Kind::Part,
            Self::Fragment(_) => Kind::Fragment,
            Self::Receipt(_) => Kind::Receipt,
        }
    }
}
