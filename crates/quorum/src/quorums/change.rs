//! Changing the voters of all objects.
//!
//! First everybody is told the joint voters. Who has taken them, durably, serves nobody any more
//! who goes by older ones, for any object, and says which objects it has. When a majority of the
//! old ones and of the new ones have answered, whatever had been done under the old ones is in an
//! object that one of them has named, or is yet to be written, under the joint ones. A strong read
//! of each, under the joint voters, brings it to a majority of the new ones. Then these act alone.

use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::NodeId;
use rejoin_store::{Replica, Replicated, Time};

use super::message::Message;
use super::{Ended, Quorums, Ticket, Waiting};
use crate::coordinator::{Answers, OperationError, OperationId, Success};
use crate::division::Division;
use crate::level::{Level, Quorum};
use crate::voters::{InvalidVoters, Voters};

/// How many keys go into one message.
const KEYS: usize = 256;

/// How many objects are read at once.
const WINDOW: usize = 64;

/// A change of voters that is on its way.
pub(super) struct Change<K> {
    ticket: Ticket,
    joint: Voters,
    deadline: Time,
    retry_at: Time,
    /// The last key that each has named, and whether it was the last of all.
    listed: BTreeMap<NodeId, (Option<K>, bool)>,
    /// The objects that are to be read, and those that are being read.
    unread: BTreeSet<K>,
    reading: BTreeMap<K, OperationId>,
    /// The objects that were read.
    read: BTreeSet<K>,
}

impl<K> Change<K> {
    pub(super) fn poll_timeout(&self) -> Time {
        self.retry_at.min(self.deadline)
    }
}

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// Changes the voters of all objects to these nodes, through joint majorities.
    ///
    /// It ends with [`Success::Changed`] when a strong read of each object has brought to a
    /// majority of the new voters whatever a majority of the old ones had. If it does not end well,
    /// the voters stay joint; ask again for the same change then, here or elsewhere, or
    /// [abort](Self::abort_change) it. One change at a time, from one place: a second one here
    /// takes the place of the first.
    ///
    /// It costs a message for each 256 objects and voter, and a strong read of each object.
    ///
    /// # Errors
    ///
    /// * [`InvalidVoters::Absent`] when new voters are not connected here, or do not take part in
    ///   quorum operations. While voters are joint, nothing is done without a majority of the new
    ///   ones. Nothing has changed then.
    /// * When the new set is empty, or a change to another set is on its way.
    pub fn change_voters(
        &mut self,
        now: Time,
        to: impl IntoIterator<Item = NodeId>,
        deadline: Time,
        replica: &Replica<S>,
    ) -> Result<Ticket, InvalidVoters> {
        let to: BTreeSet<NodeId> = to.into_iter().collect();
        let joint = match self.voters.next() {
            Some(next) if *next == to => self.voters.clone(), // goes on with an earlier one
            _ => {
                let joint = self.voters.to(to)?;
                self.check_presence(&joint, replica)?;
                joint
            }
        };
        Ok(self.begin_change(now, joint, deadline))
    }

    /// Gives a change of voters up that cannot be finished, because the new ones do not come: goes
    /// back to the old ones alone.
    ///
    /// **It is safe only if a majority of the new voters has never taken part.** Otherwise the
    /// change may have been finished, or be finished elsewhere at this moment; then old and new
    /// voters act without each other, and what one side confirms the other does not see. If the new
    /// voters are there, ask for the same change again, and change back afterwards.
    ///
    /// It ends as [`change_voters`](Self::change_voters) does, and costs the same: a majority of
    /// the old voters has to be there.
    ///
    /// # Errors
    ///
    /// [`InvalidVoters::NotJoint`] when no change is on its way.
    pub fn abort_change(&mut self, now: Time, deadline: Time) -> Result<Ticket, InvalidVoters> {
        let back = self.voters.aborted().ok_or(InvalidVoters::NotJoint)?;
        Ok(self.begin_change(now, back, deadline))
    }

    /// Makes these nodes the voters, though a majority of the present ones is gone for good.
    ///
    /// **What only the lost voters have had is lost**, though it was confirmed: a strong read may
    /// return less than an earlier one. **None of the old voters may act any more** where this node
    /// and the new voters cannot tell them; what they confirm is not seen here. A majority of the
    /// new voters has to be there.
    ///
    /// It ends as [`change_voters`](Self::change_voters) does, when a majority of the new voters
    /// has what any of that majority has had.
    ///
    /// # Errors
    ///
    /// When the new set is empty, or new voters are not connected here.
    pub fn force_change(
        &mut self,
        now: Time,
        to: impl IntoIterator<Item = NodeId>,
        deadline: Time,
        replica: &Replica<S>,
    ) -> Result<Ticket, InvalidVoters> {
        let forced = self.voters.forced(to)?;
        self.check_presence(&forced, replica)?;
        Ok(self.begin_change(now, forced, deadline))
    }

    /// Whether those that are voters in `changed` only are connected, and take part.
    fn check_presence(&self, changed: &Voters, replica: &Replica<S>) -> Result<(), InvalidVoters> {
        let next = changed.next().into_iter().flatten().copied();
        let new = next.filter(|node| !self.voters.contains(*node));
        let is_absent = |node: &NodeId| !self.rights.takes_part(*node, replica.peers());
        let absent: Vec<NodeId> = new.filter(is_absent).collect();
        if absent.is_empty() { Ok(()) } else { Err(InvalidVoters::Absent(absent)) }
    }

    fn begin_change(&mut self, now: Time, joint: Voters, deadline: Time) -> Ticket {
        self.adopt(now, joint.clone());
        let ticket = self.issue();
        self.end_change(Err(OperationError::OtherVoters(joint.clone())));
        self.change = Some(Change {
            ticket,
            joint,
            deadline,
            retry_at: now,
            listed: BTreeMap::new(),
            unread: BTreeSet::new(),
            reading: BTreeMap::new(),
            read: BTreeSet::new(),
        });
        self.retry_change(now);
        ticket
    }

    /// Asks again those who have not named all their objects, and gives up at the deadline.
    pub(super) fn retry_change(&mut self, now: Time) {
        let Some(change) = &mut self.change else { return };
        if change.deadline <= now {
            let (answered, silent) = change
                .joint
                .iter()
                .partition(|voter| change.listed.get(voter).is_some_and(|(_, all)| *all));
            return self.end_change(Err(OperationError::Unanswered(Answers { answered, silent })));
        }
        if change.retry_at > now {
            return;
        }
        change.retry_at = now + self.config.coordinator.retry_interval;
        let asked: Vec<(NodeId, Option<O::Key>)> = change
            .joint
            .iter()
            .filter_map(|voter| match change.listed.get(&voter) {
                Some((_, true)) => None,
                Some((after, false)) => Some((voter, after.clone())),
                None => Some((voter, None)),
            })
            .collect();
        for (voter, after) in asked {
            self.ask_for_keys(voter, after);
        }
    }

    fn ask_for_keys(&mut self, voter: NodeId, after: Option<O::Key>) {
        let Some(change) = &self.change else { return };
        let message = Message::Adopt { voters: change.joint.clone(), after };
        self.waiting.push(Waiting::Send { to: voter, message });
    }

    /// Answers which objects there are, now that the voters are durable here, and whatever was
    /// joined under older ones is in the value.
    pub(super) fn tell_keys(
        &mut self,
        now: Time,
        to: NodeId,
        after: Option<O::Key>,
        replica: &Replica<S>,
    ) {
        if self.voters.contains(self.node) && !self.rights.may_vote() {
            return; // what it has forgotten may have been in an object that it cannot name
        }
        let mut rest = O::keys_after(replica.state(), after.as_ref());
        let keys: Vec<O::Key> = rest.by_ref().take(KEYS).collect();
        let more = rest.next().is_some();
        drop(rest);
        let message = Message::Adopted { voters: self.voters.clone(), after, keys, more };
        self.send(now, to, &message);
    }

    /// Takes in what a voter has named.
    pub(super) fn adopted(
        &mut self,
        from: NodeId,
        voters: &Voters,
        after: Option<O::Key>,
        keys: Vec<O::Key>,
        more: bool,
    ) {
        let Some(change) = self.change.as_mut().filter(|change| change.joint == *voters) else {
            return;
        };
        let expected = change.listed.get(&from).map_or(&None, |(last, _)| last);
        if *expected != after || change.listed.get(&from).is_some_and(|(_, all)| *all) {
            return; // it has been here before
        }
        let last = keys.last().cloned().or(after);
        change.unread.extend(keys.into_iter().filter(|key| !change.read.contains(key)));
        change.listed.insert(from, (last.clone(), !more));
        if more {
            self.ask_for_keys(from, last);
        }
    }

    /// Reads the objects that were named, and ends the change when all have been read.
    pub(super) fn go_on_with_change(&mut self, now: Time, replica: &Replica<S>) {
        let own = self.node;
        if self
            .change
            .as_ref()
            .is_some_and(|change| change.joint.contains(own) && !change.listed.contains_key(&own))
            && self.rights.may_vote()
        {
            let keys = O::keys_after(replica.state(), None).collect();
            let joint = self.voters.clone();
            self.adopted(own, &joint, None, keys, false);
        }
        let Some(change) = &mut self.change else { return };
        if change.joint != self.voters {
            let voters = self.voters.clone();
            return self.end_change(Err(OperationError::OtherVoters(voters)));
        }
        let has_listed = |voter| change.listed.get(&voter).is_some_and(|(_, all)| *all);
        if !change.joint.has(Quorum::Majority, has_listed) {
            return;
        }
        if change.unread.is_empty() && change.reading.is_empty() {
            return self.finish_change(now);
        }
        let deadline = change.deadline;
        while let Some(change) = &mut self.change
            && change.reading.len() < WINDOW
            && let Some(key) = change.unread.pop_first()
        {
            let object = O::object(replica.state(), &key);
            let read = self.coordinator(&key).read(now, object, Level::Strong, deadline);
            self.touched.insert(key.clone());
            if let Some(change) = &mut self.change {
                change.reading.insert(key, read);
            }
        }
    }

    /// Takes note that an object has been read that belongs to no operation of a caller.
    pub(super) fn read_for_change(
        &mut self,
        key: &O::Key,
        operation: OperationId,
        result: Result<(), OperationError>,
    ) {
        let Some(change) = &mut self.change else { return };
        if change.reading.get(key) != Some(&operation) {
            return; // of a change that was given up
        }
        change.reading.remove(key);
        change.read.insert(key.clone());
        if let Err(error) = result {
            self.end_change(Err(error));
        }
    }

    fn finish_change(&mut self, now: Time) {
        let Some(finished) = self.voters.finished() else { return };
        let others: Vec<NodeId> = self.voters.iter().filter(|id| *id != self.node).collect();
        self.adopt(now, finished.clone());
        for to in others {
            let message = Message::Adopt { voters: finished.clone(), after: None };
            self.waiting.push(Waiting::Send { to, message });
        }
        self.end_change(Ok(Success::Changed(finished)));
    }

    fn end_change(&mut self, result: Result<Success<O::Object>, OperationError>) {
        if let Some(change) = self.change.take() {
            self.ended.push_back(Ended { ticket: change.ticket, round_trips: 0, result });
        }
    }
}
