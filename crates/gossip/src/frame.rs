use core::ops::RangeInclusive;

use rejoin_core::{CausalContext, ReplicaId};
use serde::{Deserialize, Serialize};

/// What one neighbour sends to another: any of its parts may be empty.
///
/// A frame with a number is acknowledged once everything in it has been handled. Whatever was in a
/// frame that counts as lost goes into a later one, as it is *then*; a frame itself is never sent
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame<D> {
    /// The sender's side of the link since it was made.
    pub session: LinkSession,
    /// Counts the frames of a session from 1; 0 for one that needs no acknowledgement.
    pub number: u64,
    /// Everything that the sender has: the first thing that is said over a link.
    pub hello: Option<CausalContext>,
    /// Deltas.
    pub groups: Vec<DeltaGroup<D>>,
    /// Which writers' deltas the sender wants, or wants no more.
    pub subscriptions: Vec<Subscription>,
    /// What the sender has and does not bring.
    pub digest: Option<LazyDigest>,
    /// Which frames have been handled.
    pub acks: Option<Acks>,
    /// The number of the last digest all of which the sender has too.
    pub digest_ack: Option<u64>,
}

/// One side of a link, from when it is made until it is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkSession {
    /// Which run of the replica.
    pub incarnation: u64,
    /// Which link of that run.
    pub link: u64,
}

/// The join of some deltas of one writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaGroup<D> {
    /// The writer.
    pub origin: ReplicaId,
    /// The numbers of its writes.
    pub seqs: Vec<RangeInclusive<u64>>,
    /// What they wrote.
    pub delta: D,
}

/// Whether the sender wants the deltas of a writer to be brought; the names are those of Plumtree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subscription {
    /// Bring them: the link becomes part of the writer's tree.
    #[serde(rename = "g")]
    Graft {
        /// The writer.
        origin: ReplicaId,
        /// Which of them the sender has.
        have: Vec<RangeInclusive<u64>>,
    },
    /// Only list them in digests: the link leaves the writer's tree.
    #[serde(rename = "p")]
    Prune {
        /// The writer.
        origin: ReplicaId,
    },
}

impl Subscription {
    /// The writer.
    #[must_use]
    pub fn origin(&self) -> ReplicaId {
        match self {
            Self::Graft { origin, .. } | Self::Prune { origin } => *origin,
        }
    }
}

/// What the sender has and the receiver is not known to have: what Plumtree calls `IHAVE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LazyDigest {
    /// Counts the digests of a session.
    pub number: u64,
    /// The dots.
    pub dots: CausalContext,
}

/// Which frames have been handled: the last one, and which of the 64 before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acks {
    /// The session that the frames are of.
    pub session: LinkSession,
    /// The largest number.
    pub last: u64,
    /// The bit 1 << n stands for the number `last - 1 - n`.
    pub before: u64,
}

impl<D> DeltaGroup<D> {
    /// The dots of its writes.
    #[must_use]
    pub fn dots(&self) -> CausalContext {
        let mut dots = CausalContext::new();
        for seqs in &self.seqs {
            dots.insert_run(self.origin, seqs.clone());
        }
        dots
    }
}

impl<D> Frame<D> {
    pub(crate) fn empty(session: LinkSession) -> Self {
        Self {
            session,
            number: 0,
            hello: None,
            groups: Vec::new(),
            subscriptions: Vec::new(),
            digest: None,
            acks: None,
            digest_ack: None,
        }
    }

    /// Whether it has to be acknowledged.
    pub(crate) fn is_numbered(&self) -> bool {
        self.hello.is_some() || !self.groups.is_empty() || !self.subscriptions.is_empty()
    }
}
