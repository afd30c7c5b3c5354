//! The part that may block: the replica, its storage, and what is done to them in one go.

use core::any::Any;
use core::error::Error;
use core::time::Duration;
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::BytesMut;
use rejoin_core::{Edit, VersionVector};
use rejoin_store::consistency::{CausalToken, NotSeen, WaitId, Waits};
use rejoin_store::{Durable, HandleError, Replica, ReplicaId, Replicated, Storage, Time, Transmit};
use tokio::sync::oneshot;

use crate::NodeError;
use crate::context::Counters;
use crate::telemetry::events;
use crate::votes::{self, Votes};

/// A durable replica whose storage type has been forgotten.
pub(crate) trait Engine<S>: Send {
    fn replica(&self) -> &Replica<S>;
    fn replica_mut(&mut self) -> &mut Replica<S>;
    fn commit(&mut self) -> Result<(), Arc<dyn Error + Send + Sync>>;
}

impl<S, D> Engine<S> for Durable<S, D>
where
    S: Replicated + Send,
    D: Storage + Send,
{
    fn replica(&self) -> &Replica<S> {
        self.replica()
    }

    fn replica_mut(&mut self) -> &mut Replica<S> {
        self.replica_mut()
    }

    fn commit(&mut self) -> Result<(), Arc<dyn Error + Send + Sync>> {
        self.commit().map_err(|error| Arc::new(error) as Arc<dyn Error + Send + Sync>)
    }
}

/// The engine, shared by the driver and by readers.
pub(crate) type SharedEngine<S> = Arc<Mutex<dyn Engine<S>>>;

/// Nothing in here is left half-done by a panic but what the storage itself leaves.
pub(crate) fn lock<S>(engine: &Mutex<dyn Engine<S>>) -> MutexGuard<'_, dyn Engine<S> + 'static> {
    engine.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An edit that somebody waits for.
pub(crate) trait Job<S>: Send {
    fn apply(&mut self, replica: &mut Replica<S>);
    fn finish(self: Box<Self>, committed: Result<(), NodeError>);
}

/// What became of an edit: a panic in it belongs to the caller, not to the node.
pub(crate) type Edited<R> = Result<R, Box<dyn Any + Send>>;

pub(crate) struct EditJob<F, R> {
    edit: Option<F>,
    edited: Option<Edited<R>>,
    reply: oneshot::Sender<Result<Edited<R>, NodeError>>,
}

impl<F, R> EditJob<F, R> {
    pub(crate) fn new(edit: F) -> (Self, oneshot::Receiver<Result<Edited<R>, NodeError>>) {
        let (reply, receiver) = oneshot::channel();
        (Self { edit: Some(edit), edited: None, reply }, receiver)
    }
}

impl<S, F, R> Job<S> for EditJob<F, R>
where
    S: Replicated + Edit,
    F: FnOnce(&mut S::Cursor<'_>) -> R + Send,
    R: Send,
{
    fn apply(&mut self, replica: &mut Replica<S>) {
        if let Some(edit) = self.edit.take() {
            let result = panic::catch_unwind(AssertUnwindSafe(|| replica.edit(edit)));
            self.edited = Some(result);
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), NodeError>) {
        let result = match (self.edited, committed) {
            (Some(Err(panic)), _) => Ok(Err(panic)),
            (Some(edited), Ok(())) => Ok(edited),
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(NodeError::Stopped), // never applied
        };
        let _ = self.reply.send(result); // the caller may have stopped waiting
    }
}

/// What is done with the replica and its part in quorum and strong operations.
pub(crate) type Operation<S> = Box<dyn FnOnce(Time, &mut Replica<S>, &mut dyn Votes<S>) + Send>;

/// Makes a replica's part in them.
pub(crate) type Candidate<S> = Box<dyn FnOnce(&Replica<S>) -> Box<dyn Votes<S>> + Send>;

/// One thing to be done.
pub(crate) enum Input<S> {
    Edit(Box<dyn Job<S>>),
    Operate(Operation<S>),
    /// Take part in quorum and strong operations from now on, unless it does already.
    Vote {
        votes: Candidate<S>,
        reply: oneshot::Sender<bool>,
    },
    Wait {
        token: CausalToken,
        timeout: Duration,
        reply: oneshot::Sender<Result<(), NotSeen>>,
    },
    Up(ReplicaId),
    Down(ReplicaId),
    Message {
        from: ReplicaId,
        link: u64,
        payload: BytesMut,
    },
}

/// What the engine has beside the replica: those who wait for it to have seen something, and its part
/// in quorum and strong operations, if it has one.
pub(crate) struct Waiting<S> {
    votes: Option<Box<dyn Votes<S>>>,
    waits: Waits,
    replies: HashMap<WaitId, oneshot::Sender<Result<(), NotSeen>>>,
}

impl<S> Default for Waiting<S> {
    fn default() -> Self {
        Self { votes: None, waits: Waits::default(), replies: HashMap::new() }
    }
}

impl<S> Waiting<S> {
    /// Answers all whose time has come, one way or the other.
    fn answer(&mut self, now: Time, seen: &VersionVector) {
        if self.replies.is_empty() {
            return;
        }
        self.waits.seen(seen);
        self.waits.handle_timeout(now);
        while let Some((id, result)) = self.waits.poll_done() {
            if let Some(reply) = self.replies.remove(&id) {
                let _ = reply.send(result); // the caller may have stopped waiting
            }
        }
    }
}

/// What has come of a batch of inputs.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) transmits: Vec<Transmit>,
    /// Connections whose peers sent what was refused.
    pub(crate) refused: Vec<(ReplicaId, u64, HandleError)>,
    pub(crate) next_timeout: Option<Time>,
    /// Whether a transaction failed and is to be tried again.
    pub(crate) failed: bool,
}

/// Does all inputs, makes their result durable in one transaction, and answers the edits.
pub(crate) fn run<S: Replicated>(
    engine: &Mutex<dyn Engine<S>>,
    counters: &Counters,
    waiting: &Mutex<Waiting<S>>,
    now: Time,
    inputs: Vec<Input<S>>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut jobs = Vec::new();
    let mut engine = lock(engine);
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let replica = engine.replica_mut();
    // A clock before 1970 is none.
    if let Ok(since_1970) = SystemTime::now().duration_since(UNIX_EPOCH) {
        replica.set_clock(now, since_1970);
    }
    for input in inputs {
        match input {
            Input::Edit(mut job) => {
                job.apply(replica);
                jobs.push(job);
            }
            Input::Operate(operation) => {
                if let Some(votes) = &mut waiting.votes {
                    operation(now, replica, &mut **votes);
                }
            }
            Input::Vote { votes, reply } => {
                let is_first = waiting.votes.is_none();
                if is_first {
                    waiting.votes = Some(votes(replica));
                }
                let _ = reply.send(is_first);
            }
            Input::Wait { token, timeout, reply } => {
                let id = waiting.waits.wait_for(replica.seen(), token, now + timeout);
                waiting.replies.insert(id, reply);
            }
            Input::Up(peer) => replica.connected(now, peer),
            Input::Down(peer) => replica.disconnected(peer),
            Input::Message { from, link, payload } => {
                let result = match &mut waiting.votes {
                    _ if !votes::is_message(&payload) => {
                        replica.handle(now, from, &payload).map(|_| ())
                    }
                    Some(votes) => votes.handle(now, from, &payload, replica),
                    None => Ok(()), // the peer will ask again
                };
                if let Err(error) = result {
                    outcome.refused.push((from, link, error));
                }
            }
        }
    }
    replica.handle_timeout(now);
    if let Some(votes) = &mut waiting.votes {
        votes.handle_timeout(now);
        votes.prepare(replica);
    }
    let changed = !replica.is_durable();
    let committed = if changed { engine.commit().map_err(NodeError::Storage) } else { Ok(()) };
    outcome.failed = committed.is_err();
    match &committed {
        Err(error) => {
            counters.failed_commits.add(1);
            events::commit_failed(engine.replica().id(), error);
        }
        Ok(()) => counters.commits.add(u64::from(changed)),
    }
    if let Some(votes) = &mut waiting.votes {
        if committed.is_ok() {
            outcome.failed |= !vote(&mut *engine, counters, &mut **votes, now);
        } else {
            votes.release(now, engine.replica_mut()); // who waits in vain has to be told in time
        }
        let replica = engine.replica();
        outcome.transmits.extend(core::iter::from_fn(|| votes.poll_transmit(replica)));
    }
    let replica = engine.replica_mut();
    outcome.transmits.extend(core::iter::from_fn(|| replica.poll_transmit(now)));
    waiting.answer(now, replica.seen());
    let votes = waiting.votes.as_ref().and_then(|votes| votes.poll_timeout());
    let timeouts = [replica.poll_timeout(), waiting.waits.poll_timeout(), votes];
    outcome.next_timeout = timeouts.into_iter().flatten().min();
    drop(engine);
    for job in jobs {
        job.finish(committed.clone());
    }
    outcome
}

/// Lets the operations go on that waited for a commit, and commits what comes of it; false if that
/// fails.
fn vote<S: Replicated>(
    engine: &mut dyn Engine<S>,
    counters: &Counters,
    votes: &mut dyn Votes<S>,
    now: Time,
) -> bool {
    while votes.release(now, engine.replica_mut()) {
        votes.prepare(engine.replica_mut());
        if !engine.replica().is_durable() {
            if let Err(error) = engine.commit() {
                counters.failed_commits.add(1);
                events::commit_failed(engine.replica().id(), &NodeError::Storage(error));
                return false;
            }
            counters.commits.add(1);
        }
    }
    true
}
