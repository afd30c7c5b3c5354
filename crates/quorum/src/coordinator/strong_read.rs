use core::mem;
use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};

use rejoin_core::{Crdt, NodeId};

use super::link::Link;
use super::{Answers, OperationId};
use crate::message::Ask;
use crate::{Quorum, Voters};
use rejoin_store::Time;

/// Answers to older attempts than this many are not waited for any more.
const KEPT_ATTEMPTS: usize = 4;

/// How many different values are kept at most, the newest.
const KEPT_VALUES: usize = 16;

/// The strong reads of one coordinator: one that runs, and those that wait for the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct StrongReads<S> {
    pub(super) flight: Option<Flight<S>>,
    waiting: Vec<Waiter<S>>,
}

/// A caller who waits for a strong read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Waiter<S> {
    pub(super) operation: OperationId,
    /// What the result has to contain.
    pub(super) own: S,
    pub(super) deadline: Time,
    /// The joint voters that are to be finished with it, if it is not just a read.
    pub(super) change: Option<Voters>,
}

/// A strong read that runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flight<S> {
    pub(super) number: u64,
    pub(super) attempt: u32,
    pub(super) waiters: Vec<Waiter<S>>,
    /// What was asked with in each of the last attempts, the current one last.
    asked: VecDeque<(u32, S)>,
    /// When the current attempt began, and how long one of this read has taken at most.
    begun: Time,
    round: Duration,
    /// The voters that have answered in the current attempt.
    answered: BTreeSet<NodeId>,
    /// The values that voters have had since this read began, and which voters.
    seen: VecDeque<(S, BTreeSet<NodeId>)>,
    /// All that was asked with or answered.
    joined: S,
    retry_at: Time,
}

impl<S: Crdt + Clone + PartialEq> StrongReads<S> {
    pub(super) fn wait(&mut self, waiter: Waiter<S>) {
        self.waiting.push(waiter);
    }

    /// Whether somebody waits, and nothing runs.
    pub(super) fn is_due(&self) -> bool {
        self.flight.is_none() && !self.waiting.is_empty()
    }

    /// Starts a read for all who wait.
    pub(super) fn start(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        let mut waiters = mem::take(&mut self.waiting);
        let mut joined = S::default();
        for waiter in &mut waiters {
            joined.merge(mem::take(&mut waiter.own));
        }
        let mut flight = Flight {
            number,
            attempt: 0,
            waiters,
            asked: VecDeque::new(),
            begun: now,
            round: Duration::ZERO,
            answered: BTreeSet::new(),
            seen: VecDeque::new(),
            joined,
            retry_at: now,
        };
        flight.next_attempt(link, now);
        self.flight = Some(flight);
    }

    /// Takes out those whose deadline has come, with who has answered.
    pub(super) fn expire(&mut self, now: Time, link: &Link<S>) -> Vec<(u64, Answers)> {
        let is_due = |waiter: &mut Waiter<S>| waiter.deadline <= now;
        let late = self.waiting.extract_if(.., is_due);
        let mut expired: Vec<(u64, Answers)> =
            late.map(|waiter| (waiter.operation.0, link.answers(|_| false))).collect();
        if let Some(flight) = &mut self.flight {
            for waiter in flight.waiters.extract_if(.., is_due) {
                let answers = link.answers(|voter| flight.answered.contains(&voter));
                expired.push((waiter.operation.0, answers));
            }
            self.flight.take_if(|flight| flight.waiters.is_empty());
        }
        expired
    }
}

impl<S> StrongReads<S> {
    pub(super) fn is_idle(&self) -> bool {
        self.flight.is_none() && self.waiting.is_empty()
    }

    pub(super) fn poll_timeout(&self) -> impl Iterator<Item = Time> {
        let flying = self.flight.iter().flat_map(|flight| &flight.waiters);
        let deadlines = flying.chain(&self.waiting).map(|waiter| waiter.deadline);
        deadlines.chain(self.flight.as_ref().map(|flight| flight.retry_at))
    }
}

impl<S> Default for StrongReads<S> {
    fn default() -> Self {
        Self { flight: None, waiting: Vec::new() }
    }
}

impl<S: Crdt + Clone + PartialEq> Flight<S> {
    /// Takes in an answer, and returns the result of the read if this was the last one missing.
    pub(super) fn answered(
        &mut self,
        link: &mut Link<S>,
        now: Time,
        (from, attempt, difference): (NodeId, u32, S),
    ) -> Option<S> {
        // An answer contains what was asked with, but need not repeat it.
        let (_, mut value) = self.asked.iter().find(|(number, _)| *number == attempt)?.clone();
        value.merge(difference);
        self.joined.merge(value.clone());
        if self.note(link, from, &value) {
            return Some(value);
        }
        if attempt == self.attempt {
            self.answered.insert(from);
            if link.voters.has(Quorum::Majority, |voter| self.answered.contains(&voter)) {
                self.next_attempt(link, now);
            }
        }
        None
    }

    /// Begins anew, under other voters.
    ///
    /// What voters have answered under the old ones does not count: only an answer under the new
    /// ones tells that no answer under older ones comes after it.
    pub(super) fn restart(&mut self, link: &mut Link<S>, now: Time) {
        self.asked.clear();
        self.seen.clear();
        self.next_attempt(link, now);
    }

    /// Counts what this voter has answered no more, and asks it again.
    pub(super) fn forget(&mut self, link: &mut Link<S>, voter: NodeId) {
        let mut had_answered = self.answered.remove(&voter);
        for (_, by) in &mut self.seen {
            had_answered |= by.remove(&voter);
        }
        if had_answered && let Some((attempt, value)) = self.asked.back() {
            let ask = Ask::Read { value: value.clone(), attempt: *attempt, round: self.round };
            link.send(voter, self.number, ask);
        }
    }

    pub(super) fn handle_timeout(&mut self, link: &mut Link<S>, now: Time) {
        if self.retry_at <= now {
            self.send(link, now);
        }
    }

    /// Notes that a voter has had this value, and says whether a majority has had it now.
    fn note(&mut self, link: &Link<S>, from: NodeId, value: &S) -> bool {
        if let Some((_, by)) = self.seen.iter_mut().find(|(seen, _)| seen == value) {
            by.insert(from);
            return link.voters.has(Quorum::Majority, |voter| by.contains(&voter));
        }
        if self.seen.len() == KEPT_VALUES {
            self.seen.pop_front();
        }
        self.seen.push_back((value.clone(), BTreeSet::from([from])));
        link.voters.has(Quorum::Majority, |voter| voter == from) // of one voter, that is
    }

    fn next_attempt(&mut self, link: &mut Link<S>, now: Time) {
        self.attempt += 1;
        self.round = self.round.max(now.since(self.begun));
        self.begun = now;
        self.answered.clear();
        if self.asked.len() == KEPT_ATTEMPTS {
            self.asked.pop_front();
        }
        self.asked.push_back((self.attempt, self.joined.clone()));
        self.send(link, now);
    }

    /// Asks all who have not answered in this attempt.
    fn send(&mut self, link: &mut Link<S>, now: Time) {
        self.retry_at = link.next_retry(now);
        let Some((attempt, value)) = self.asked.back() else { return };
        for voter in link.voters.iter().filter(|voter| !self.answered.contains(voter)) {
            let ask = Ask::Read { value: value.clone(), attempt: *attempt, round: self.round };
            link.send(voter, self.number, ask);
        }
    }
}
