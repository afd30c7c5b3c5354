use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{Crdt, NodeId};

use super::Answers;
use super::link::Link;
use crate::level::Quorum;
use crate::message::Ask;
use rejoin_store::Time;

/// A read of a quorum, which it leaves without differences.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct QuorumRead<S> {
    quorum: Quorum,
    /// What the caller has, joined with the answers.
    joined: S,
    asked: BTreeSet<NodeId>,
    /// What each has had when it was asked. "Nothing" is a value too, and differs from others.
    answers: BTreeMap<NodeId, S>,
    /// Who is known to have all of `joined`, once it does not grow any more.
    repaired: Option<BTreeSet<NodeId>>,
    /// Whether somebody has to be repaired.
    differed: bool,
    pub(super) deadline: Time,
    hedge_at: Option<Time>,
    retry_at: Time,
}

impl<S: Crdt + Clone + PartialEq> QuorumRead<S> {
    pub(super) fn start(
        link: &mut Link<S>,
        now: Time,
        number: u64,
        (own, quorum, deadline): (S, Quorum, Time),
    ) -> Self {
        let asked: BTreeSet<NodeId> = link.pick(quorum).into_iter().collect();
        let mut read = Self {
            quorum,
            joined: own,
            asked,
            answers: BTreeMap::new(),
            repaired: None,
            differed: false,
            deadline,
            hedge_at: Some(link.hedge_at(now, deadline)),
            retry_at: now,
        };
        read.send(link, now, number);
        read
    }

    /// Begins again, under other voters, with all of them.
    pub(super) fn restart(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        self.answers.clear();
        self.repaired = None;
        self.send_to_all(link, now, number);
    }

    /// Asks also those who were not asked so far.
    fn send_to_all(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        self.asked.extend(link.voters.iter());
        self.hedge_at = None;
        self.send(link, now, number);
    }

    /// Takes in what a voter had when it was asked.
    pub(super) fn answered(
        &mut self,
        link: &mut Link<S>,
        now: Time,
        number: u64,
        (from, difference): (NodeId, S),
    ) {
        let mut value = S::default(); // which was asked with
        value.merge(difference);
        if let Some(repaired) = &mut self.repaired {
            if value == self.joined {
                repaired.insert(from);
            }
            return;
        }
        self.joined.merge(value.clone());
        self.answers.insert(from, value);
        if !link.voters.has(self.quorum, |voter| self.answers.contains_key(&voter)) {
            return;
        }
        let is_same = |answer: &(&NodeId, &S)| !link.config.read_repair || *answer.1 == self.joined;
        let same = self.answers.iter().filter(is_same).map(|(voter, _)| *voter).collect();
        self.repaired = Some(same);
        if !self.is_done(link) {
            self.differed = true;
            self.asked = self.answers.keys().copied().collect();
            self.send(link, now, number);
        }
    }

    /// Notes that this voter has been brought up to date.
    pub(super) fn repaired(&mut self, by: NodeId) {
        if let Some(repaired) = &mut self.repaired {
            repaired.insert(by);
        }
    }

    /// Counts what this voter has answered no more, and asks it again.
    pub(super) fn forget(&mut self, link: &mut Link<S>, now: Time, number: u64, voter: NodeId) {
        let had_answered = self.answers.remove(&voter).is_some();
        let was_repaired = self.repaired.as_mut().is_some_and(|done| done.remove(&voter));
        if had_answered || was_repaired {
            self.send(link, now, number);
        }
    }

    pub(super) fn handle_timeout(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        if self.hedge_at.is_some_and(|at| at <= now) {
            self.send_to_all(link, now, number);
        } else if self.retry_at <= now {
            self.send(link, now, number);
        }
    }

    /// Asks all to be asked who have not answered.
    fn send(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        self.retry_at = link.next_retry(now);
        for voter in &self.asked {
            match &self.repaired {
                Some(repaired) if !repaired.contains(voter) => {
                    link.send(*voter, number, Ask::Merge { delta: self.joined.clone() });
                }
                None if !self.answers.contains_key(voter) => {
                    link.send(
                        *voter,
                        number,
                        Ask::Read { value: S::default(), attempt: 0, round: Duration::ZERO },
                    );
                }
                _ => {}
            }
        }
    }
}

impl<S> QuorumRead<S> {
    pub(super) fn is_done(&self, link: &Link<S>) -> bool {
        let repaired = self.repaired.as_ref();
        repaired.is_some_and(|done| link.voters.has(self.quorum, |voter| done.contains(&voter)))
    }

    pub(super) fn round_trips(&self) -> u32 {
        if self.differed { 2 } else { 1 }
    }

    pub(super) fn into_value(self) -> S {
        self.joined
    }

    pub(super) fn answers(&self, link: &Link<S>) -> Answers {
        link.answers(|voter| match &self.repaired {
            Some(repaired) => repaired.contains(&voter),
            None => self.answers.contains_key(&voter),
        })
    }

    pub(super) fn poll_timeout(&self) -> Time {
        let next = self.deadline.min(self.retry_at);
        self.hedge_at.map_or(next, |at| at.min(next))
    }
}
