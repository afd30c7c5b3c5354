mod change;
mod config;
mod enrol;
mod greet;
mod long;
mod message;
mod operation;
mod parts;
mod staging;
mod waiting;

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rejoin_core::{NodeId, ReplicaId};
use rejoin_store::{HandleError, Replica, Replicated, Time, Transmit};
use xxhash_rust::xxh3::xxh3_64;

use self::change::Change;
pub use self::config::QuorumConfig;
use self::enrol::Enrolling;
use self::long::LongMessages;
use self::message::{Message, VERSION};
use self::operation::Running;
pub use self::operation::{Ended, Ticket};
use self::waiting::Waiting;
use crate::acceptor::Acceptor;
use crate::coordinator::{Answers, Coordinator, OperationError, OperationId};
use crate::division::{Division, Single};
use crate::level::Level;
use crate::rights::Rights;
use crate::standing::{NotVoting, Seen};
use crate::voters::{InvalidVoters, Voters};

/// Quorum and strong operations on the objects of a [`Replica`]'s value: an [`Acceptor`] and a
/// [`Coordinator`] for each object that is in use, which go by the same [`Voters`].
///
/// The acceptors keep nothing of their own: what an operation brings is joined to the replica's
/// value and made durable with it. So reads at any level see it, gossip brings it to those who do
/// not vote, and there is no other state than the value, and the voters.
///
/// Voters are **nodes**: a node that restarts under its own storage goes on voting, though its
/// replica is a new run. One that has lost its storage is another node, and votes once
/// [`change_voters`](Self::change_voters) has put it in the old one's place. Voters that may have
/// forgotten something are found when members [greet](Self::greeted) each other.
///
/// It is driven together with the replica. After whatever happens:
///
/// 1. events go in: [`stage`](Self::stage), [`read`](Self::read), [`handle`](Self::handle) for a
///    message that [`is_message`](Self::is_message), [`handle_timeout`](Self::handle_timeout) when
///    the time of [`poll_timeout`](Self::poll_timeout) has come;
/// 2. [`prepare`](Self::prepare) gives the replica what has to become durable, and the replica is
///    committed;
/// 3. [`release`](Self::release) goes on with what was waiting for that, and
///    [`poll_transmit`](Self::poll_transmit) and [`poll_ended`](Self::poll_ended) give messages and
///    results. What was read is joined to the replica, so there may be something to commit again.
///
/// Under concurrency, operations at one level on one object are as [`Level`] says; those on
/// different objects have nothing to do with each other.
///
/// Memory: a few copies of each object that is in use.
pub struct Quorums<S, O: Division<S> = Single> {
    node: NodeId,
    config: QuorumConfig,
    rng: fastrand::Rng,
    voters: Voters,
    acceptors: BTreeMap<O::Key, Acceptor<O::Object>>,
    coordinators: BTreeMap<O::Key, Coordinator<O::Object>>,
    /// The objects at which something may have to be sent or told.
    touched: BTreeSet<O::Key>,
    /// The objects of which something may have to become durable.
    unprepared: BTreeSet<O::Key>,
    /// What `prepare` has given to the replica, to be reported when it is durable.
    recorded: Vec<(O::Key, u64)>,
    /// What begins, or leaves, when all that was before it is durable.
    waiting: Vec<Waiting<O::Key, O::Object>>,
    /// The operation that each part belongs to.
    parts: BTreeMap<(O::Key, OperationId), Ticket>,
    running: BTreeMap<Ticket, Running>,
    change: Option<Change<O::Key>>,
    rights: Rights,
    enrolling: Option<Enrolling<O::Key>>,
    issued: u64,
    outbox: VecDeque<(NodeId, Vec<u8>)>,
    long: LongMessages,
    /// Taken from the outbox, with a run of the node as the receiver.
    addressed: VecDeque<Transmit>,
    ended: VecDeque<Ended<O::Object>>,
    oversized: u64,
}

impl<S, O: Division<S>> Quorums<S, O> {
    /// Whether a message is for [`handle`](Self::handle), and not for the replica.
    #[must_use]
    pub fn is_message(message: &[u8]) -> bool {
        message.first() == Some(&VERSION)
    }
}

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// The part of a replica's node. The voters are those declared, which are the same at all
    /// nodes, or the newest that the replica knows; nodes need not be voters.
    ///
    /// # Errors
    ///
    /// * [`InvalidVoters::Differ`] when other voters were declared before.
    /// * When what the replica remembers cannot be read: a release that knows the format has stored
    ///   it, and going by older voters would break its promises.
    pub fn new(
        replica: &Replica<S>,
        declared: Voters,
        config: QuorumConfig,
    ) -> Result<Self, InvalidVoters> {
        let (known, declared) = (Voters::remembered(replica)?, declared);
        if let Some(remembered) = &known
            && remembered.version() == declared.version()
            && *remembered != declared
        {
            let (declared, remembered) = (Box::new(declared), Box::new(remembered.clone()));
            return Err(InvalidVoters::Differ { declared, remembered });
        }
        let known = known.filter(|known| known.version() > declared.version());
        let rng =
            fastrand::Rng::with_seed(config.coordinator.seed ^ xxh3_64(replica.id().as_bytes()));
        Ok(Self {
            node: replica.id().node(),
            voters: known.unwrap_or(declared),
            rng,
            acceptors: BTreeMap::new(),
            coordinators: BTreeMap::new(),
            touched: BTreeSet::new(),
            unprepared: BTreeSet::new(),
            recorded: Vec::new(),
            waiting: Vec::new(),
            parts: BTreeMap::new(),
            running: BTreeMap::new(),
            change: None,
            rights: Rights::new(replica, config.strict)?,
            enrolling: None,
            issued: 0,
            outbox: VecDeque::new(),
            long: LongMessages::new(config.max_long(), config.coordinator.retry_interval),
            addressed: VecDeque::new(),
            ended: VecDeque::new(),
            oversized: 0,
            config,
        })
    }

    /// Reads an object from the voters, together with what is here.
    ///
    /// It ends with the object, which is then here too, or with [`OperationError::Unanswered`].
    pub fn read(&mut self, key: O::Key, level: Level, deadline: Time) -> Ticket {
        let ticket = self.issue();
        self.running.insert(ticket, Running { left: 1, round_trips: 0, error: None });
        self.waiting.push(Waiting::Read { ticket, key, level, deadline });
        ticket
    }

    /// Takes in a message from a connected peer of the replica.
    ///
    /// Any bytes may come: whatever is not a well-formed message is an error. Well-formed messages
    /// are believed, so the transport lets only members in.
    ///
    /// # Errors
    ///
    /// When the message is refused. Nothing has changed then.
    pub fn handle(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: &[u8],
        replica: &mut Replica<S>,
    ) -> Result<(), HandleError> {
        let (bytes, limit) = (message.len(), self.config.max_message);
        if bytes > limit {
            return Err(HandleError::TooLarge { bytes, limit });
        }
        let message = rejoin_codec::open(VERSION, message).map_err(HandleError::Decode)?;
        let node = from.node();
        match message {
            Message::Fragment(fragment) => {
                let (whole, receipt) = self.long.insert(node, &fragment)?;
                self.send(now, node, &Message::Receipt(receipt));
                let Some(whole) = whole else { return Ok(()) };
                let message = rejoin_codec::open(VERSION, &whole).map_err(HandleError::Decode)?;
                self.take_in(now, from, message, replica);
            }
            message => self.take_in(now, from, message, replica),
        }
        Ok(())
    }

    /// Takes in a message that has come as a whole.
    fn take_in(
        &mut self,
        now: Time,
        run: ReplicaId,
        message: Message<O::Key, O::Object>,
        replica: &mut Replica<S>,
    ) {
        let from = run.node();
        match message {
            Message::Request { key, request } => self.ask(now, from, key, request, replica),
            Message::Reply { key, reply, tally } => {
                self.rights.saw(&self.voters, &Seen::new(run, tally));
                if reply.roll.get(self.node) > self.rights.enrolment() && self.enrolling.is_none() {
                    self.suspect(NotVoting::Behind { peer: run });
                }
                self.answer(now, from, key, reply);
            }
            Message::Adopt { voters, after } => {
                self.adopt(now, voters);
                self.waiting.push(Waiting::Tell { to: from, after });
            }
            Message::Adopted { voters, after, keys, more } => {
                self.adopt(now, voters.clone());
                self.adopted(from, &voters, after, keys, more);
            }
            Message::Enrol { number, after } => self.record(now, run, number, after),
            Message::Recorded { number, votes, voters, durable, page } => {
                self.adopt(now, voters);
                self.rights.saw_all(&self.voters, run, &durable);
                self.recorded(now, number, (run, durable.own.enrolment, votes), page, replica);
            }
            Message::Unrecorded { number, known } => self.unrecorded(now, number, known),
            Message::Fetch { number, keys } => {
                self.waiting.push(Waiting::Give { to: from, number, keys });
            }
            Message::Objects { number, enrolment, votes, objects } => {
                self.fetched(now, number, (run, enrolment, votes), objects, replica);
            }
            Message::Receipt(receipt) => self.long.receipt(now, from, &receipt),
            Message::Fragment(_) => {} // no member sends one within another
        }
    }

    /// Does what is due: ends what is past its deadline, and asks again.
    pub fn handle_timeout(&mut self, now: Time) {
        for (key, acceptor) in &mut self.acceptors {
            if acceptor.poll_timeout().is_some_and(|at| at <= now) {
                acceptor.handle_timeout(now);
                self.unprepared.insert(key.clone());
                self.touched.insert(key.clone());
            }
        }
        for (key, coordinator) in &mut self.coordinators {
            if coordinator.poll_timeout().is_some_and(|at| at <= now) {
                coordinator.handle_timeout(now);
                self.touched.insert(key.clone());
            }
        }
        let late = self.waiting.extract_if(.., |waiting| match waiting {
            Waiting::Update { deadline, .. } | Waiting::Read { deadline, .. } => *deadline <= now,
            _ => false,
        });
        let silent = Answers { answered: Vec::new(), silent: self.voters.iter().collect() };
        for waiting in late {
            let (ticket, error) = match waiting {
                Waiting::Update { ticket, .. } => {
                    (ticket, OperationError::Indeterminate(silent.clone()))
                }
                Waiting::Read { ticket, .. } => {
                    (ticket, OperationError::Unanswered(silent.clone()))
                }
                _ => continue,
            };
            self.running.remove(&ticket);
            self.ended.push_back(Ended { ticket, round_trips: 0, result: Err(error) });
        }
        self.retry_change(now);
        self.retry_enrolment(now);
    }

    /// Joins what has to become durable to the replica, which has to be committed then.
    pub fn prepare(&mut self, replica: &mut Replica<S>) {
        for key in core::mem::take(&mut self.unprepared) {
            let Some(acceptor) = self.acceptors.get_mut(&key) else { continue };
            while let Some(record) = acceptor.pending() {
                replica.learn(O::enclose(key.clone(), record.delta));
                self.recorded.push((key.clone(), record.number));
            }
        }
        self.voters.remember(replica);
        self.rights.prepare(&self.voters, replica);
    }

    /// Goes on with what was waiting until everything in the replica is durable, if it is.
    ///
    /// It returns whether there is something to [`prepare`](Self::prepare) again.
    pub fn release(&mut self, now: Time, replica: &mut Replica<S>) -> bool {
        if replica.is_durable() {
            self.rights.persisted();
            for (key, number) in self.recorded.drain(..) {
                if let Some(acceptor) = self.acceptors.get_mut(&key) {
                    acceptor.persisted(number);
                    self.touched.insert(key);
                }
            }
            for waiting in core::mem::take(&mut self.waiting) {
                self.begin(now, waiting, replica);
            }
            self.go_on_with_change(now, replica);
            self.go_on_with_enrolment(now, replica);
        }
        while let Some(key) = self.touched.pop_first() {
            self.pump(now, &key, replica);
        }
        self.send_fragments(now, replica);
        !self.unprepared.is_empty() || !replica.is_durable() || self.rights.is_touched()
    }

    /// Takes the next message to be sent.
    ///
    /// A message to a node that is not connected is dropped: it is sent again later. One to a node
    /// of which two runs are connected, because the end of the first has not been noticed yet, goes
    /// to both: their ids do not tell which came later.
    pub fn poll_transmit(&mut self, replica: &Replica<S>) -> Option<Transmit> {
        while self.addressed.is_empty() {
            let (node, payload) = self.outbox.pop_front()?;
            let runs = replica.peers().filter(|peer| peer.node() == node);
            self.addressed.extend(runs.map(|to| Transmit { to, payload: payload.clone() }));
        }
        self.addressed.pop_front()
    }

    fn issue(&mut self) -> Ticket {
        self.issued += 1;
        Ticket(self.issued)
    }
}

impl<S, O: Division<S>> Quorums<S, O> {
    /// The voters that it goes by.
    #[must_use]
    pub fn voters(&self) -> &Voters {
        &self.voters
    }

    /// How many messages could not be sent, being longer than twice
    /// [`QuorumConfig::max_object`], or impossible to encode.
    #[must_use]
    pub fn oversized(&self) -> u64 {
        self.oversized
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    ///
    /// Takes time by the number of objects that are in use.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let acceptors = self.acceptors.values().filter_map(Acceptor::poll_timeout);
        let coordinators = self.coordinators.values().filter_map(Coordinator::poll_timeout);
        let waiting = self.waiting.iter().filter_map(|waiting| match waiting {
            Waiting::Update { deadline, .. } | Waiting::Read { deadline, .. } => Some(*deadline),
            _ => None,
        });
        let change = self.change.as_ref().map(Change::poll_timeout);
        let enrolling = self.enrolling.as_ref().map(Enrolling::poll_timeout);
        let long = self.long.poll_timeout();
        acceptors
            .chain(coordinators)
            .chain(waiting)
            .chain(change)
            .chain(enrolling)
            .chain(long)
            .min()
    }

    /// Takes the next operation that has ended.
    pub fn poll_ended(&mut self) -> Option<Ended<O::Object>> {
        self.ended.pop_front()
    }
}

impl<S, O: Division<S>> fmt::Debug for Quorums<S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quorums")
            .field("node", &self.node)
            .field("voters", &self.voters)
            .field("running", &self.running.len())
            .finish_non_exhaustive()
    }
}
