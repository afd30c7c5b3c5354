mod fairness;
mod trim;

use core::mem;
use std::collections::VecDeque;

use rejoin_core::{Crdt, Diff, NodeId};

pub use self::fairness::Fairness;
use self::fairness::Hold;
use self::trim::Trim;
use crate::message::{Answer, Ask, Outgoing, Reply, Request};
use crate::roll::Roll;
use crate::voters::Voters;
use rejoin_store::Time;

/// The part of a voter: it keeps the value, and answers the coordinators that ask it.
///
/// It is one of two halves of a protocol without leader, log or consensus; the other is the
/// [`Coordinator`](crate::Coordinator), which has the protocol's rules. An acceptor has only three:
/// its value grows and never shrinks; it answers with the value as it is; and **no answer leaves
/// before everything that it speaks of is durable**.
///
/// It is driven as a [`Replica`](rejoin_store::Replica) is. After each event:
///
/// 1. [`pending`](Self::pending) says what has to be made durable, and
///    [`persisted`](Self::persisted) that it is;
/// 2. [`poll_transmit`](Self::poll_transmit) gives the answers, until `None`;
/// 3. [`poll_timeout`](Self::poll_timeout) says when to call
///    [`handle_timeout`](Self::handle_timeout).
///
/// After a crash it goes on from what was persisted, with [`recovered`](Self::recovered). If that
/// is lost, so is its right to vote: see [`Voters`].
///
/// There is one for each object, beside its value. It takes the value's memory twice at most (the
/// value, and what is not durable yet), and an answer costs a copy of the value.
///
/// ```
/// use rejoin_core::{Crdt, VersionVector};
/// use rejoin_quorum::{Acceptor, Coordinator, CoordinatorConfig, Level, Voters};
/// use rejoin_quorum::{NodeId, Time};
/// # use core::time::Duration;
///
/// let me = NodeId::from_u128(1);
/// let mut acceptor = Acceptor::<VersionVector>::default();
/// let voters = Voters::declare([me])?;
/// let mut coordinator = Coordinator::new(me, voters, CoordinatorConfig::new(7));
///
/// let mut delta = VersionVector::new();
/// delta.advance(me.run(1));
/// let deadline = Time::new(Duration::from_secs(1));
/// coordinator.update(Time::ZERO, delta, Level::Strong, deadline);
/// while let Some(request) = coordinator.poll_transmit() {
///     acceptor.handle(Time::ZERO, me, request.message);
/// }
/// assert!(acceptor.poll_transmit().is_none()); // not durable yet
///
/// let record = acceptor.pending().expect("the delta is new");
/// assert_eq!(record.delta.get(me.run(1)), 1); // write it to the disk, and then:
/// acceptor.persisted(record.number);
/// let reply = acceptor.poll_transmit().expect("the answer was waiting for that");
/// coordinator.handle(Time::ZERO, me, reply.message);
/// assert!(coordinator.poll_done().is_some_and(|done| done.result.is_ok()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Acceptor<S> {
    state: S,
    /// The newest voters that it has been told of: it refuses requests that go by older ones.
    voters: Option<Voters>,
    /// The number under which it answers, and what it has recorded of the other voters.
    enrolment: u64,
    roll: Roll,
    /// What has been joined since the last record was taken.
    unsaved: S,
    /// Whether there is anything to make durable: in `unsaved`, or in `voters`.
    touched: bool,
    voters_touched: bool,
    /// The number of the last record taken, and of the last one known to be durable.
    taken: u64,
    durable: u64,
    outbox: VecDeque<Waiting<S>>,
    hold: Hold<S>,
    trim: Trim<S>,
}

/// An answer that may leave once this record is durable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting<S> {
    after: u64,
    reply: Outgoing<Reply<S>>,
}

/// What an acceptor has to remember across a crash: the unit of durability.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "answers wait until `persisted` has been called with its number"]
pub struct AcceptorRecord<S> {
    /// Counts from 1, for [`Acceptor::persisted`].
    pub number: u64,
    /// To be joined to the stored value.
    pub delta: S,
    /// To be stored in place of the voters stored so far, unless `None`.
    pub voters: Option<Voters>,
}

impl<S: Crdt + Clone + PartialEq> Acceptor<S> {
    /// The acceptor of an object that has not been written yet.
    #[must_use]
    pub fn new(fairness: Fairness) -> Self {
        Self::recovered(S::default(), None, fairness)
    }

    /// An acceptor that goes on from the joined deltas, and the last voters, of all its records.
    #[must_use]
    pub fn recovered(state: S, voters: Option<Voters>, fairness: Fairness) -> Self {
        Self {
            state,
            voters,
            enrolment: 0,
            roll: Roll::default(),
            unsaved: S::default(),
            touched: false,
            voters_touched: false,
            taken: 0,
            durable: 0,
            outbox: VecDeque::new(),
            hold: Hold::new(fairness),
            trim: Trim::NOTHING,
        }
    }

    /// Answers with differences to what a coordinator has said that it has, instead of values.
    ///
    /// It changes what answers cost, and nothing else.
    #[must_use]
    pub fn with_differences(self) -> Self
    where
        S: Diff,
    {
        Self { trim: Trim::known(), ..self }
    }

    /// Answers under this number from now on, and with what is recorded of the other voters.
    ///
    /// Both are durable, and neither ever becomes less: see [`Roll`].
    pub fn enrol(&mut self, enrolment: u64, roll: Roll) {
        (self.enrolment, self.roll) = (enrolment, roll);
    }

    /// Takes in a request.
    ///
    /// Well-formed requests are believed, so the transport lets only members in.
    pub fn handle(&mut self, now: Time, from: NodeId, request: Request<S>) {
        if let Ask::Read { attempt: 1, .. } = request.ask {
            self.hold.begins(now, from, request.id);
        }
        self.release(now);
        if self.hold.is_on(now) && self.is_news(&request) {
            self.hold.push((from, request));
        } else {
            self.answer(now, from, request);
        }
    }

    /// Joins what has come here otherwise, such as by anti-entropy, and says whether it was news.
    ///
    /// That is always safe: an acceptor may learn of a write earlier than it is asked to keep it.
    pub fn merge(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta.clone());
        if changed {
            self.unsaved.merge(delta);
            self.touched = true;
        }
        changed
    }

    /// Takes what has changed since the last record, to be made durable, or `None` if nothing has.
    ///
    /// The caller keeps the record until it is durable, and then calls
    /// [`persisted`](Self::persisted). Further records may be taken before.
    pub fn pending(&mut self) -> Option<AcceptorRecord<S>> {
        if !mem::take(&mut self.touched) {
            return None;
        }
        self.taken += 1;
        let voters = mem::take(&mut self.voters_touched).then(|| self.voters.clone()).flatten();
        Some(AcceptorRecord { number: self.taken, delta: mem::take(&mut self.unsaved), voters })
    }

    /// Reports that the record with this number, and all before it, are durable.
    ///
    /// This releases the answers that waited for it.
    pub fn persisted(&mut self, number: u64) {
        self.durable = self.durable.max(number.min(self.taken));
    }

    /// Answers the requests whose time of waiting is over.
    pub fn handle_timeout(&mut self, now: Time) {
        self.release(now);
    }

    fn release(&mut self, now: Time) {
        for (from, request) in self.hold.release(now) {
            self.answer(now, from, request);
        }
    }

    fn answer(&mut self, now: Time, from: NodeId, request: Request<S>) {
        let Request { id, voters, ask } = request;
        let answer = match (self.admit(voters), ask) {
            (Err(voters), _) => Answer::Refused { voters },
            (Ok(()), Ask::Merge { delta }) => {
                self.merge(delta);
                Answer::Merged
            }
            (Ok(()), Ask::Read { value, attempt, round }) => {
                self.hold.asked(now, (from, id), attempt, round);
                let kept = self.trim.keep(&value);
                self.merge(value);
                Answer::Value { value: self.trim.answer(&self.state, kept), attempt }
            }
        };
        // What has changed since the last record was taken will be in the next one.
        let after = if self.touched { self.taken + 1 } else { self.taken };
        let (enrolment, roll) = (self.enrolment, self.roll.clone());
        let reply = Outgoing { to: from, message: Reply { id, enrolment, roll, answer } };
        self.outbox.push_back(Waiting { after, reply });
    }

    /// Goes by these voters from now on, if they are newer.
    pub(crate) fn adopt(&mut self, voters: Voters) {
        let _ = self.admit(voters);
    }

    /// Whether requests that go by these voters are served; if not, by which they should go.
    fn admit(&mut self, voters: Voters) -> Result<(), Voters> {
        match &self.voters {
            Some(known) if *known == voters => Ok(()),
            Some(known) if known.version() >= voters.version() => Err(known.clone()),
            _ => {
                self.voters = Some(voters);
                (self.touched, self.voters_touched) = (true, true);
                Ok(())
            }
        }
    }

    /// Whether serving this would make things harder for a read that is starving.
    fn is_news(&self, request: &Request<S>) -> bool {
        let value = match &request.ask {
            Ask::Merge { delta } => delta,
            Ask::Read { attempt, .. } if self.hold.is_starving(*attempt) => return false,
            Ask::Read { value, .. } => value,
        };
        self.state.clone().merge(value.clone())
    }
}

impl<S> Acceptor<S> {
    /// The value as it is here and now, with what is not durable yet.
    #[must_use]
    pub fn state(&self) -> &S {
        &self.state
    }

    /// The newest voters that it has been told of, for a coordinator that starts beside it.
    #[must_use]
    pub fn voters(&self) -> Option<&Voters> {
        self.voters.as_ref()
    }

    /// Whether everything in the value is durable, as far as has been reported.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        !self.touched && self.durable == self.taken
    }

    /// Whether it lets what would change its value wait.
    pub(crate) fn is_holding(&self, now: Time) -> bool {
        self.hold.is_on(now)
    }

    /// Whether nothing waits. It can be dropped then, and be made again from what is durable.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_durable() && self.outbox.is_empty() && self.poll_timeout().is_none()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.hold.poll_timeout()
    }

    /// Takes the next answer to be sent, or `None` if there is none that may leave yet.
    pub fn poll_transmit(&mut self) -> Option<Outgoing<Reply<S>>> {
        // In the order of records, so the first is the one that waits for the least.
        let waiting = self.outbox.pop_front_if(|waiting| waiting.after <= self.durable)?;
        Some(waiting.reply)
    }
}

/// As [`new`](Acceptor::new), with the usual [`Fairness`].
impl<S: Crdt + Clone + PartialEq> Default for Acceptor<S> {
    fn default() -> Self {
        Self::new(Fairness::default())
    }
}
