mod config;
mod link;
mod outcome;
mod quorum_read;
mod strong_read;
mod update;

use std::collections::{BTreeMap, VecDeque};

use rejoin_core::{Crdt, NodeId};

pub use self::config::CoordinatorConfig;
use self::link::Link;
pub use self::outcome::{Answers, Done, OperationError, OperationId, Success};
use self::quorum_read::QuorumRead;
use self::strong_read::{StrongReads, Waiter};
use self::update::Update;
use crate::level::{Level, Quorum};
use crate::message::{Answer, Outgoing, Reply, Request};
use crate::voters::{InvalidVoters, Voters};
use rejoin_store::Time;

/// The part of a client: it brings updates to the voters of an object, and reads what they have.
///
/// There is one for each object and node; nodes need not be voters themselves. It is driven as a
/// [`Replica`](rejoin_store::Replica) is. After each call:
///
/// 1. [`poll_transmit`](Self::poll_transmit) gives the requests, until `None`; one to the own id is
///    for the own [`Acceptor`](crate::Acceptor);
/// 2. [`poll_done`](Self::poll_done) gives the operations that have ended, until `None`;
/// 3. [`poll_timeout`](Self::poll_timeout) says when to call
///    [`handle_timeout`](Self::handle_timeout).
///
/// # Strong reads
///
/// ```text
/// update(d):  MERGE(d) to all voters; done when a majority has made it durable
/// read(c):    repeat: READ(c) to all voters, who join c and answer with what they have then
///             until a majority has answered with one and the same value; else c = what was answered
/// ```
///
/// Two reads have a voter in common, whose value only grows. So one of the two results contains the
/// other; a read contains all that was done when it began, updates and what earlier reads returned;
/// and a reader that sees an update sees those that were done when it began. For a lattice of
/// distinct updates, that is what linearizability asks for.
///
/// It does not matter in which of its attempts a read was answered with the value, since each of
/// that majority has had it, as a whole, since the read began. An answer to another read does
/// not count.
///
/// A read that finds the voters equal takes one round trip. Others wait in vain only while writers
/// are faster than the reader; [`Fairness`](crate::Fairness) ends that.
///
/// # Cost
///
/// An operation costs a message each way to each voter and attempt, with the value, or the delta.
/// [`poll_timeout`](Self::poll_timeout) takes time by the number of operations that run.
///
/// # Sources
///
/// Skrzypczak, Schintke, Schütt, *Linearizable State Machine Replication of State-Based CRDTs
/// without Logs* (2019), and before that Falerio et al., *Generalized Lattice Agreement* (2012).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coordinator<S> {
    link: Link<S>,
    issued: u64,
    updates: BTreeMap<u64, Update<S>>,
    reads: BTreeMap<u64, QuorumRead<S>>,
    strong: StrongReads<S>,
    done: VecDeque<Done<S>>,
}

impl<S: Crdt + Clone + PartialEq> Coordinator<S> {
    /// The coordinator of `node`. The voters are those declared first, or the newest that
    /// are known here.
    #[must_use]
    pub fn new(node: NodeId, voters: Voters, config: CoordinatorConfig) -> Self {
        Self {
            link: Link::new(node, voters, config),
            issued: 0,
            updates: BTreeMap::new(),
            reads: BTreeMap::new(),
            strong: StrongReads::default(),
            done: VecDeque::new(),
        }
    }

    /// Brings an update to the voters.
    ///
    /// `delta` has been applied here, **and is durable**: its dots must not be minted again after a
    /// crash.
    ///
    /// It ends with [`Success::Updated`] when as many voters as `level` asks for have made it
    /// durable. An update is never taken back: one that ends with
    /// [`OperationError::Indeterminate`] may have taken effect, or may do so later.
    pub fn update(&mut self, now: Time, delta: S, level: Level, deadline: Time) -> OperationId {
        let operation = self.issue();
        let quorum = match level {
            Level::Eventual => {
                self.end(operation, 0, Ok(Success::Updated));
                return operation;
            }
            Level::Quorum(quorum) => quorum,
            Level::Strong => Quorum::Majority,
        };
        if let Err(error) = self.link.check(quorum) {
            self.end(operation, 0, Err(error));
            return operation;
        }
        let number = operation.0;
        let update = Update::start(&mut self.link, now, number, (delta, quorum, deadline));
        self.updates.insert(number, update);
        operation
    }

    /// Reads what the voters have, joined with `own`.
    ///
    /// `own` is what the result has to contain in any case, **and is durable**: commonly the value
    /// as it is here, or bottom.
    ///
    /// It ends with [`Success::Read`], or with [`OperationError::Unanswered`] at the deadline. One
    /// strong read runs at a time; those that are asked for meanwhile share the next.
    pub fn read(&mut self, now: Time, own: S, level: Level, deadline: Time) -> OperationId {
        let operation = self.issue();
        match level {
            Level::Eventual => self.end(operation, 0, Ok(Success::Read(own))),
            Level::Quorum(quorum) => {
                if let Err(error) = self.link.check(quorum) {
                    self.end(operation, 0, Err(error));
                    return operation;
                }
                let number = operation.0;
                let read = QuorumRead::start(&mut self.link, now, number, (own, quorum, deadline));
                self.reads.insert(number, read);
            }
            Level::Strong => {
                self.strong.wait(Waiter { operation, own, deadline, change: None });
                self.start_strong_read(now);
            }
        }
        operation
    }

    /// Changes the voters, through a joint majority of the old and the new ones.
    ///
    /// It ends with [`Success::Changed`] when a strong read under the joint voters has brought to a
    /// majority of the new ones whatever a majority of the old ones had. If it does not end well,
    /// the voters stay joint; ask again for the same change then, here or elsewhere.
    ///
    /// # Errors
    ///
    /// When the new set is empty, or another change is on its way.
    pub fn change_voters(
        &mut self,
        now: Time,
        to: impl IntoIterator<Item = NodeId>,
        deadline: Time,
    ) -> Result<OperationId, InvalidVoters> {
        let to = to.into_iter().collect();
        let joint = match self.link.voters.next() {
            Some(next) if *next == to => self.link.voters.clone(), // goes on with an earlier one
            _ => self.link.voters.to(to)?,
        };
        self.adopt(now, joint.clone());
        let operation = self.issue();
        let own = S::default();
        self.strong.wait(Waiter { operation, own, deadline, change: Some(joint) });
        self.start_strong_read(now);
        Ok(operation)
    }

    /// Goes by these voters from now on, if they are newer: what runs is asked again under them.
    ///
    /// No answer under older ones counts any more: new voters need not have recorded which of them
    /// are void (see [`Roll`](crate::Roll)).
    ///
    /// The answers of voters that know newer ones do the same; a node that has an acceptor too
    /// passes on the answers: [`Acceptor::voters`](crate::Acceptor::voters).
    pub fn adopt(&mut self, now: Time, voters: Voters) {
        if voters.version() <= self.link.voters.version() {
            return;
        }
        self.link.adopt(voters);
        for (number, update) in &mut self.updates {
            update.restart(&mut self.link, now, *number);
        }
        for (number, read) in &mut self.reads {
            read.restart(&mut self.link, now, *number);
        }
        if let Some(flight) = &mut self.strong.flight {
            flight.restart(&mut self.link, now);
        }
    }

    /// Takes in an answer.
    ///
    /// Well-formed answers are believed, so the transport lets only members in.
    pub fn handle(&mut self, now: Time, from: NodeId, reply: Reply<S>) {
        let Reply { id, enrolment, roll, answer } = reply;
        for voter in self.link.enter(from, enrolment, &roll) {
            self.forget(now, voter);
        }
        let is_void = enrolment < self.link.roll.get(from);
        if id.epoch != self.link.epoch {
            return; // to an earlier life of this node
        }
        match answer {
            Answer::Refused { voters } => {
                self.adopt(now, voters);
                self.settle(id.number);
            }
            _ if is_void => {} // of the voter before it has forgotten something
            Answer::Merged => {
                if let Some(update) = self.updates.get_mut(&id.number) {
                    update.merged(from);
                } else if let Some(read) = self.reads.get_mut(&id.number) {
                    read.repaired(from);
                }
                self.settle(id.number);
            }
            Answer::Value { value, attempt } => {
                if let Some(read) = self.reads.get_mut(&id.number) {
                    read.answered(&mut self.link, now, id.number, (from, value));
                    self.settle(id.number);
                } else {
                    self.strong_answer(now, id.number, (from, attempt, value));
                }
            }
        }
    }

    /// Counts what this voter has answered no more.
    fn forget(&mut self, now: Time, voter: NodeId) {
        for (number, update) in &mut self.updates {
            update.forget(&mut self.link, *number, voter);
        }
        for (number, read) in &mut self.reads {
            read.forget(&mut self.link, now, *number, voter);
        }
        if let Some(flight) = &mut self.strong.flight {
            flight.forget(&mut self.link, voter);
        }
    }

    /// Does what is due: ends what is past its deadline, asks again, and asks more voters.
    pub fn handle_timeout(&mut self, now: Time) {
        let due = |deadline: Time| deadline <= now;
        for (number, update) in self.updates.extract_if(.., |_, update| due(update.deadline)) {
            let error = OperationError::Indeterminate(update.answers(&self.link));
            self.done.push_back(Done::failed(number, error));
        }
        for (number, read) in self.reads.extract_if(.., |_, read| due(read.deadline)) {
            let error = OperationError::Unanswered(read.answers(&self.link));
            self.done.push_back(Done::failed(number, error));
        }
        for (number, answers) in self.strong.expire(now, &self.link) {
            let error = OperationError::Unanswered(answers);
            self.done.push_back(Done::failed(number, error));
        }
        for (number, update) in &mut self.updates {
            update.handle_timeout(&mut self.link, now, *number);
        }
        for (number, read) in &mut self.reads {
            read.handle_timeout(&mut self.link, now, *number);
        }
        if let Some(flight) = &mut self.strong.flight {
            flight.handle_timeout(&mut self.link, now);
        }
        self.start_strong_read(now);
    }

    /// Ends the update or quorum read with this number, if it has what it wants.
    fn settle(&mut self, number: u64) {
        if self.updates.get(&number).is_some_and(|update| update.is_done(&self.link)) {
            self.updates.remove(&number);
            self.end(OperationId(number), 1, Ok(Success::Updated));
        }
        if self.reads.get(&number).is_some_and(|read| read.is_done(&self.link))
            && let Some(read) = self.reads.remove(&number)
        {
            let round_trips = read.round_trips();
            self.end(OperationId(number), round_trips, Ok(Success::Read(read.into_value())));
        }
    }

    fn strong_answer(&mut self, now: Time, number: u64, answer: (NodeId, u32, S)) {
        let Some(flight) = self.strong.flight.as_mut().filter(|flight| flight.number == number)
        else {
            return;
        };
        let Some(value) = flight.answered(&mut self.link, now, answer) else { return };
        let Some(flight) = self.strong.flight.take() else { return };
        for waiter in flight.waiters {
            let result = match waiter.change {
                None => Ok(Success::Read(value.clone())),
                Some(joint) => self.finish_change(now, &joint),
            };
            self.end(waiter.operation, flight.attempt, result);
        }
        self.start_strong_read(now);
    }

    /// The voters were `joint`, and a read under them has just ended.
    fn finish_change(&mut self, now: Time, joint: &Voters) -> Result<Success<S>, OperationError> {
        let finished = joint.finished();
        if self.link.voters == *joint
            && let Some(finished) = finished.clone()
        {
            self.adopt(now, finished);
        }
        // Somebody else may have finished it, or another change in its place.
        if finished.is_some_and(|finished| finished == self.link.voters) {
            Ok(Success::Changed(self.link.voters.clone()))
        } else {
            Err(OperationError::OtherVoters(self.link.voters.clone()))
        }
    }

    fn start_strong_read(&mut self, now: Time) {
        if self.strong.is_due() {
            self.issued += 1;
            self.strong.start(&mut self.link, now, self.issued);
        }
    }

    fn issue(&mut self) -> OperationId {
        self.issued += 1;
        OperationId(self.issued)
    }

    fn end(
        &mut self,
        operation: OperationId,
        round_trips: u32,
        result: Result<Success<S>, OperationError>,
    ) {
        self.done.push_back(Done { operation, round_trips, result });
    }
}

impl<S> Coordinator<S> {
    /// The node that it acts for.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.link.node
    }

    /// The voters that it goes by.
    #[must_use]
    pub fn voters(&self) -> &Voters {
        &self.link.voters
    }

    /// Whether nothing runs, and nothing waits to be taken. It can be dropped then, and be made
    /// again when it is needed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.updates.is_empty()
            && self.reads.is_empty()
            && self.strong.is_idle()
            && self.link.outbox.is_empty()
            && self.done.is_empty()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let updates = self.updates.values().map(Update::poll_timeout);
        let reads = self.reads.values().map(QuorumRead::poll_timeout);
        updates.chain(reads).chain(self.strong.poll_timeout()).min()
    }

    /// Takes the next request to be sent.
    pub fn poll_transmit(&mut self) -> Option<Outgoing<Request<S>>> {
        self.link.outbox.pop_front()
    }

    /// Takes the next operation that has ended.
    pub fn poll_done(&mut self) -> Option<Done<S>> {
        self.done.pop_front()
    }
}
