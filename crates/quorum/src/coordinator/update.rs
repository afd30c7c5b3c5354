use std::collections::BTreeSet;

use rejoin_core::NodeId;

use super::Answers;
use super::link::Link;
use crate::level::Quorum;
use crate::message::Ask;
use rejoin_store::Time;

/// An update on its way to the voters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Update<S> {
    delta: S,
    quorum: Quorum,
    /// The voters that have it durably.
    merged: BTreeSet<NodeId>,
    pub(super) deadline: Time,
    retry_at: Time,
}

impl<S: Clone> Update<S> {
    pub(super) fn start(
        link: &mut Link<S>,
        now: Time,
        number: u64,
        (delta, quorum, deadline): (S, Quorum, Time),
    ) -> Self {
        let merged = BTreeSet::new();
        let mut update = Self { delta, quorum, merged, deadline, retry_at: now };
        update.send(link, now, number);
        update
    }

    /// Asks all who have not answered.
    fn send(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        self.retry_at = link.next_retry(now);
        for voter in link.voters.iter().filter(|voter| !self.merged.contains(voter)) {
            link.send(voter, number, Ask::Merge { delta: self.delta.clone() });
        }
    }

    /// Begins again, under other voters.
    pub(super) fn restart(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        self.merged.clear();
        self.send(link, now, number);
    }

    pub(super) fn merged(&mut self, by: NodeId) {
        self.merged.insert(by);
    }

    /// Counts an answer of this voter no more, and asks it again.
    pub(super) fn forget(&mut self, link: &mut Link<S>, number: u64, voter: NodeId) {
        if self.merged.remove(&voter) {
            link.send(voter, number, Ask::Merge { delta: self.delta.clone() });
        }
    }

    pub(super) fn handle_timeout(&mut self, link: &mut Link<S>, now: Time, number: u64) {
        if self.retry_at <= now {
            self.send(link, now, number);
        }
    }
}

impl<S> Update<S> {
    pub(super) fn is_done(&self, link: &Link<S>) -> bool {
        link.voters.has(self.quorum, |voter| self.merged.contains(&voter))
    }

    pub(super) fn answers(&self, link: &Link<S>) -> Answers {
        link.answers(|voter| self.merged.contains(&voter))
    }

    pub(super) fn poll_timeout(&self) -> Time {
        self.deadline.min(self.retry_at)
    }
}
