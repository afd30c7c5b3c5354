use core::ops::RangeInclusive;

use rejoin_core::{CausalContext, Crdt, ReplicaId};
use serde::{Deserialize, Serialize};

/// What one neighbour sends to another: any of its parts may be empty.
///
/// A frame with a number is acknowledged once everything in it has been handled. Whatever was in a
/// frame that counts as lost goes into a later one, as it is *then*; a frame itself is never sent
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame<D> {
    /// The sender's side of the link since it was made.
    pub session: Session,
    /// Counts the frames of a session from 1; 0 for one that needs no acknowledgement.
    pub number: u64,
    /// Everything that the sender has: the first thing that is said over a link.
    pub hello: Option<CausalContext>,
    /// Deltas.
    pub groups: Vec<Group<D>>,
    /// Which writers' deltas the sender wants, or wants no more.
    pub wishes: Vec<Wish>,
    /// What the sender has and does not bring.
    pub digest: Option<Digest>,
    /// Which frames have been handled.
    pub acks: Option<Acks>,
    /// The number of the last digest all of which the sender has too.
    pub digest_ack: Option<u64>,
}

/// One side of a link, from when it is made until it is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Session {
    /// Which run of the replica.
    pub incarnation: u64,
    /// Which link of that run.
    pub link: u64,
}

/// The join of some deltas of one writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group<D> {
    /// The writer.
    pub origin: ReplicaId,
    /// The numbers of its writes.
    pub seqs: Vec<RangeInclusive<u64>>,
    /// What they wrote.
    pub delta: D,
}

/// Whether the sender wants the deltas of a writer to be brought.
///
/// What Plumtree calls prune and graft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The writer.
    pub origin: ReplicaId,
    /// Bring them, or only say in digests that they are there.
    pub eager: bool,
    /// Which of them the sender has; left out when it asks to stop.
    pub have: Vec<RangeInclusive<u64>>,
}

/// What the sender has and the receiver is not known to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Counts the digests of a session.
    pub number: u64,
    /// The dots.
    pub dots: CausalContext,
}

/// Which frames have been handled: the last one, and which of the 64 before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acks {
    /// The session that the frames are of.
    pub session: Session,
    /// The largest number.
    pub last: u64,
    /// The bit 1 << n stands for the number `last - 1 - n`.
    pub before: u64,
}

impl<D> Group<D> {
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

impl<D: Crdt> Group<D> {
    /// Adds another group of the same writer.
    pub(crate) fn join(&mut self, other: Self) {
        let mut dots = self.dots();
        dots.join(&other.dots());
        self.seqs = dots.runs_of(self.origin).collect();
        self.delta.merge(other.delta);
    }
}

impl<D> Frame<D> {
    pub(super) fn empty(session: Session) -> Self {
        Self {
            session,
            number: 0,
            hello: None,
            groups: Vec::new(),
            wishes: Vec::new(),
            digest: None,
            acks: None,
            digest_ack: None,
        }
    }

    /// Whether it has to be acknowledged.
    pub(super) fn is_numbered(&self) -> bool {
        self.hello.is_some() || !self.groups.is_empty() || !self.wishes.is_empty()
    }
}
