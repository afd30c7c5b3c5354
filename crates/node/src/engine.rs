//! The part that may block: the replica, its storage, and what is done to them in one go.

use core::error::Error;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use rejoin_durable::{Durable, Storage, Unreadable};
use rejoin_observe::{ObserveConfig, Observer};
use rejoin_session::{CausalToken, NotSeen, WaitId, Waits};
use rejoin_shape::{Shape, ShapeMismatch};
use rejoin_store::{HandleError, Replica, ReplicaId, Replicated, Time, Transmit, WallTime};
use tokio::sync::oneshot;

use crate::counters::Counters;
use crate::error::NodeError;
use crate::job::Job;
use crate::suspension::Suspension;
use crate::telemetry::events;
use crate::votes::{self, VoteStatus, Votes};

/// A durable replica whose storage type has been forgotten.
trait Process<S>: Send {
    fn replica(&self) -> &Replica<S>;
    fn replica_mut(&mut self) -> &mut Replica<S>;
    fn accept_shape(&mut self, theirs: &Shape) -> Result<bool, ShapeMismatch>;
    fn commit(&mut self) -> Result<(), Arc<dyn Error + Send + Sync>>;
}

impl<S, D> Process<S> for Durable<S, D>
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

    fn accept_shape(&mut self, theirs: &Shape) -> Result<bool, ShapeMismatch> {
        self.accept_shape(theirs)
    }

    fn commit(&mut self) -> Result<(), Arc<dyn Error + Send + Sync>> {
        self.commit().map_err(|error| Arc::new(error) as Arc<dyn Error + Send + Sync>)
    }
}

/// A durable replica, and what it is observed by.
pub(crate) struct Engine<S> {
    process: Box<dyn Process<S>>,
    pub(crate) observer: Observer,
    /// How many stored records the replica had to go on without.
    pub(crate) unreadable: u64,
    suspension: Option<Suspension>,
}

impl<S: Replicated> Engine<S> {
    pub(crate) fn new<D>(mut durable: Durable<S, D>, config: &ObserveConfig) -> Self
    where
        S: Send + 'static,
        D: Storage + Send + 'static,
    {
        durable.replica_mut().set_event_capacity(Observer::EVENTS);
        // Each run of each node samples other reads.
        let (id, seed) = (durable.id(), durable.replica().config().seed);
        let mixed =
            id.as_bytes().iter().fold(seed, |mixed, byte| mixed.rotate_left(8) ^ u64::from(*byte));
        let unreadable = durable.unreadable().iter().map(Unreadable::records).sum();
        let observer = Observer::new(config, mixed);
        Self { process: Box::new(durable), observer, unreadable, suspension: None }
    }

    pub(crate) fn replica(&self) -> &Replica<S> {
        self.process.replica()
    }

    pub(crate) fn replica_mut(&mut self) -> &mut Replica<S> {
        self.process.replica_mut()
    }

    /// Counts a read of the value.
    pub(crate) fn count_read(&mut self, now: Time) {
        self.observer.count_read(self.process.replica(), now);
    }

    fn observe(&mut self) {
        self.observer.observe(self.process.replica_mut());
    }

    /// Makes durable what is not.
    fn commit(&mut self, now: Time, counters: &Counters) -> Result<(), NodeError> {
        if self.replica().is_durable() {
            return Ok(());
        }
        match self.process.commit() {
            Ok(()) => {
                counters.commits.add(1);
                self.suspension = None;
                Ok(())
            }
            Err(error) => {
                counters.failed_commits.add(1);
                self.suspension = Some(Suspension::new(now, Arc::clone(&error)));
                let error = NodeError::Storage(error);
                events::commit_failed(self.replica().id(), &error);
                Err(error)
            }
        }
    }

    /// The refusal of whatever needs the storage, if that has failed and fails still, which is
    /// tried now and then.
    fn check_storage(&mut self, now: Time, counters: &Counters) -> Result<(), NodeError> {
        if self.suspension.as_ref().is_some_and(|suspension| suspension.is_over(now)) {
            let _ = self.commit(now, counters); // it says so by the suspension
        }
        self.suspension.as_ref().map_or(Ok(()), |suspension| Err(suspension.refusal()))
    }
}

/// The engine, shared by the driver and by readers.
pub(crate) type SharedEngine<S> = Arc<Mutex<Engine<S>>>;

/// Nothing in here is left half-done by a panic but what the storage itself leaves.
pub(crate) fn lock<S>(engine: &Mutex<Engine<S>>) -> MutexGuard<'_, Engine<S>> {
    engine.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is done with the replica and its part in quorum and strong operations. It gets the error of
/// a storage that fails.
pub(crate) type Operation<S> =
    Box<dyn FnOnce(Time, &mut Replica<S>, &mut dyn Votes<S>, Result<(), NodeError>) + Send>;

/// Makes a replica's part in them.
pub(crate) type Candidate<S> =
    Box<dyn FnOnce(&Replica<S>) -> Result<Box<dyn Votes<S>>, NodeError> + Send>;

/// One thing to be done.
pub(crate) enum Input<S> {
    Edit(Box<dyn Job<S>>),
    Operate(Operation<S>),
    /// Take part in quorum and strong operations from now on, unless it does already.
    Vote {
        votes: Candidate<S>,
        reply: oneshot::Sender<Result<(), NodeError>>,
    },
    Wait {
        token: CausalToken,
        timeout: Duration,
        reply: oneshot::Sender<Result<(), NotSeen>>,
    },
    /// A peer has greeted, whose shape is to be accepted first, if it is another one.
    Up(ReplicaId, Option<Box<Shape>>),
    Down(ReplicaId),
    Message {
        from: ReplicaId,
        link: u64,
        payload: BytesMut,
    },
}

/// What the engine has beside the replica: those who wait for it to have seen something, and its
/// part in quorum and strong operations, if it has one.
pub(crate) struct Waiting<S> {
    pub(crate) votes: Option<Box<dyn Votes<S>>>,
    waits: Waits,
    replies: HashMap<WaitId, oneshot::Sender<Result<(), NotSeen>>>,
}

impl<S> Default for Waiting<S> {
    fn default() -> Self {
        Self { votes: None, waits: Waits::default(), replies: HashMap::new() }
    }
}

impl<S> Waiting<S> {
    /// Takes part in quorum and strong operations, unless there is such a part already, and returns
    /// whether it does so now.
    fn vote(
        &mut self,
        candidate: Candidate<S>,
        reply: oneshot::Sender<Result<(), NodeError>>,
        replica: &Replica<S>,
    ) -> bool {
        let result = match &self.votes {
            Some(_) => Err(NodeError::HasObjects),
            None => candidate(replica).map(|votes| self.votes = Some(votes)),
        };
        let is_new = result.is_ok();
        let _ = reply.send(result); // the caller may have stopped waiting
        is_new
    }

    /// Answers all whose time has come, one way or the other.
    fn answer(&mut self, now: Time, replica: &Replica<S>) {
        if self.replies.is_empty() {
            return;
        }
        self.waits.seen(&replica.seen());
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
    /// What the node says of the voters, if it takes part, and whether it has just begun to.
    pub(crate) votes: Option<VoteStatus>,
    pub(crate) has_begun_to_vote: bool,
    /// Whether a transaction failed and is to be tried again.
    pub(crate) failed: bool,
}

/// Does all inputs, makes their result durable in one transaction, and answers the edits.
pub(crate) fn run<S: Replicated>(
    engine: &Mutex<Engine<S>>,
    counters: &Counters,
    waiting: &Mutex<Waiting<S>>,
    now: Time,
    inputs: Vec<Input<S>>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut engine = lock(engine);
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let storage = engine.check_storage(now, counters);
    let jobs = take_in(&mut engine, &mut waiting, now, inputs, &storage, &mut outcome);
    let committed = match storage {
        Ok(()) => commit(&mut engine, counters, &mut waiting, now, &mut outcome),
        Err(refusal) => {
            outcome.failed = true;
            if let Some(votes) = &mut waiting.votes {
                votes.release(now, engine.replica_mut()); // a waiting caller gets the error in time
            }
            Err(refusal)
        }
    };
    give_out(&mut engine, &mut waiting, now, &mut outcome);
    drop(engine);
    for job in jobs {
        job.finish(committed.clone());
    }
    outcome
}

/// Does all inputs and what is due, and returns the edits among them.
fn take_in<S: Replicated>(
    engine: &mut Engine<S>,
    waiting: &mut Waiting<S>,
    now: Time,
    inputs: Vec<Input<S>>,
    storage: &Result<(), NodeError>,
    outcome: &mut Outcome,
) -> Vec<Box<dyn Job<S>>> {
    let mut jobs = Vec::new();
    // A clock before 1970 is none.
    let wall = WallTime::now();
    if wall > WallTime::UNIX_EPOCH {
        engine.replica_mut().set_clock(now, wall);
    }
    for input in inputs {
        let replica = engine.replica_mut();
        match input {
            Input::Edit(mut job) => {
                if storage.is_ok() {
                    job.apply(replica);
                }
                jobs.push(job);
            }
            Input::Operate(operation) => {
                if let Some(votes) = &mut waiting.votes {
                    operation(now, replica, &mut **votes, storage.clone());
                }
            }
            Input::Vote { votes, reply } => {
                outcome.has_begun_to_vote |= waiting.vote(votes, reply, replica);
            }
            Input::Wait { token, timeout, reply } => {
                let id = waiting.waits.wait_for(&replica.seen(), token, now + timeout);
                waiting.replies.insert(id, reply);
            }
            Input::Up(peer, shape) => {
                let accepts = |shape: Box<Shape>| engine.process.accept_shape(&shape).is_ok();
                if shape.is_none_or(accepts) {
                    engine.replica_mut().connected(now, peer);
                }
            }
            Input::Down(peer) => replica.disconnected(peer),
            Input::Message { .. } if storage.is_err() => {} // it is as if it had been lost
            Input::Message { from, link, payload } => {
                if let Err(error) = handle(waiting, now, from, &payload, replica) {
                    outcome.refused.push((from, link, error));
                }
                engine.observe();
            }
        }
    }
    let replica = engine.replica_mut();
    replica.handle_timeout(now);
    if let Some(votes) = &mut waiting.votes {
        votes.handle_timeout(now);
        votes.prepare(replica);
    }
    jobs
}

/// Hands a message to the replica, or to its part in quorum and strong operations.
fn handle<S: Replicated>(
    waiting: &mut Waiting<S>,
    now: Time,
    from: ReplicaId,
    payload: &[u8],
    replica: &mut Replica<S>,
) -> Result<(), HandleError> {
    match &mut waiting.votes {
        _ if !votes::is_message(payload) => replica.handle(now, from, payload).map(|_| ()),
        Some(votes) => votes.handle(now, from, payload, replica),
        None => Ok(()), // the peer will ask again
    }
}

/// Makes everything durable, and lets the operations go on that waited for that, which may have to
/// be committed in turn. Returns whether the inputs are durable.
fn commit<S: Replicated>(
    engine: &mut Engine<S>,
    counters: &Counters,
    waiting: &mut Waiting<S>,
    now: Time,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    let committed = engine.commit(now, counters);
    outcome.failed = committed.is_err();
    if let Some(votes) = &mut waiting.votes {
        // After a failure too: a waiting caller has to get the error in time.
        while votes.release(now, engine.replica_mut()) && !outcome.failed {
            votes.prepare(engine.replica_mut());
            outcome.failed = engine.commit(now, counters).is_err();
        }
    }
    committed
}

/// Collects the messages that may leave now, and when to go on.
fn give_out<S: Replicated>(
    engine: &mut Engine<S>,
    waiting: &mut Waiting<S>,
    now: Time,
    outcome: &mut Outcome,
) {
    let replica = engine.replica_mut();
    if let Some(votes) = &mut waiting.votes {
        outcome.transmits.extend(core::iter::from_fn(|| votes.poll_transmit(replica)));
    }
    outcome.transmits.extend(core::iter::from_fn(|| replica.poll_transmit(now)));
    waiting.answer(now, replica);
    outcome.votes = waiting.votes.as_ref().map(|votes| VoteStatus {
        standing: Some(votes.standing()),
        not_voting: votes.not_voting(),
    });
    let votes = waiting.votes.as_ref().and_then(|votes| votes.poll_timeout());
    let timeouts = [replica.poll_timeout(), waiting.waits.poll_timeout(), votes];
    outcome.next_timeout = timeouts.into_iter().flatten().min();
    engine.observe();
}
