//! The part of the engine that takes part in quorum and strong operations.

use core::any::Any;
use std::collections::{BTreeMap, HashMap};

use rejoin_quorum::{Division, Mismatch, NotVoting, Quorums, Single, Standing, Success, Ticket};
use rejoin_store::{HandleError, Replica, ReplicaId, Replicated, Time, Transmit};
use tokio::sync::oneshot;

use crate::error::NodeError;

/// The part that a node has in quorum operations, if it has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct VoteStatus {
    pub(crate) standing: Option<Standing>,
    pub(crate) not_voting: Option<NotVoting>,
}

/// [`Quorums`] whose objects have been forgotten, with those who wait for them.
pub(crate) trait Votes<S>: Send {
    fn handle(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: &[u8],
        replica: &mut Replica<S>,
    ) -> Result<(), HandleError>;
    fn handle_timeout(&mut self, now: Time);
    fn prepare(&mut self, replica: &mut Replica<S>);
    /// Goes on after a commit, answers who waits, and says whether there is more to commit.
    fn release(&mut self, now: Time, replica: &mut Replica<S>) -> bool;
    fn poll_transmit(&mut self, replica: &Replica<S>) -> Option<Transmit>;
    fn poll_timeout(&self) -> Option<Time>;
    fn standing(&self) -> Standing;
    fn not_voting(&self) -> Option<NotVoting>;
    /// Takes in what a peer says when it greets.
    fn greeted(
        &mut self,
        now: Time,
        peer: ReplicaId,
        standing: &Standing,
        is_connected: &dyn Fn(ReplicaId) -> bool,
    ) -> Result<(), Mismatch>;
    /// A run whose link is to be closed, and why, if that is an error.
    fn poll_refused(&mut self) -> Option<(ReplicaId, Option<Mismatch>)>;
    fn as_any(&mut self) -> &mut dyn Any;
}

/// Whether a message is about such operations.
pub(crate) fn is_message(message: &[u8]) -> bool {
    Quorums::<(), Single>::is_message(message)
}

/// What has become of an operation.
pub(crate) type Outcome<V> = Result<Success<V>, NodeError>;

pub(crate) struct Member<S, O: Division<S>> {
    pub(crate) quorums: Quorums<S, O>,
    replies: HashMap<Ticket, oneshot::Sender<Outcome<O::Object>>>,
    /// How many reads took how many round trips.
    pub(crate) round_trips: BTreeMap<u32, u64>,
}

impl<S, O: Division<S>> Member<S, O> {
    pub(crate) fn new(quorums: Quorums<S, O>) -> Self {
        Self { quorums, replies: HashMap::new(), round_trips: BTreeMap::new() }
    }

    pub(crate) fn answer(&mut self, ticket: Ticket, reply: oneshot::Sender<Outcome<O::Object>>) {
        self.replies.insert(ticket, reply);
    }
}

impl<S, O> Votes<S> for Member<S, O>
where
    S: Replicated + Send + 'static,
    O: Division<S> + Send + 'static,
{
    fn handle(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: &[u8],
        replica: &mut Replica<S>,
    ) -> Result<(), HandleError> {
        self.quorums.handle(now, from, message, replica)
    }

    fn handle_timeout(&mut self, now: Time) {
        self.quorums.handle_timeout(now);
    }

    fn prepare(&mut self, replica: &mut Replica<S>) {
        self.quorums.prepare(replica);
    }

    fn release(&mut self, now: Time, replica: &mut Replica<S>) -> bool {
        let more = self.quorums.release(now, replica);
        while let Some(ended) = self.quorums.poll_ended() {
            if let Ok(Success::Read(_)) = &ended.result {
                *self.round_trips.entry(ended.round_trips).or_default() += 1;
            }
            if let Some(reply) = self.replies.remove(&ended.ticket) {
                let _ = reply.send(ended.result.map_err(NodeError::Operation)); // the caller may have stopped waiting
            }
        }
        more
    }

    fn poll_transmit(&mut self, replica: &Replica<S>) -> Option<Transmit> {
        self.quorums.poll_transmit(replica)
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.quorums.poll_timeout()
    }

    fn standing(&self) -> Standing {
        self.quorums.standing()
    }

    fn not_voting(&self) -> Option<NotVoting> {
        self.quorums.not_voting()
    }

    fn greeted(
        &mut self,
        now: Time,
        peer: ReplicaId,
        standing: &Standing,
        is_connected: &dyn Fn(ReplicaId) -> bool,
    ) -> Result<(), Mismatch> {
        self.quorums.greeted(now, peer, standing, is_connected)
    }

    fn poll_refused(&mut self) -> Option<(ReplicaId, Option<Mismatch>)> {
        self.quorums.poll_refused()
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
