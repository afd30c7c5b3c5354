//! The acceptors and coordinators of the objects.

use rejoin_core::NodeId;
use rejoin_store::{Replica, Replicated, Time};

use super::Quorums;
use super::message::{Message, VERSION};
use super::operation::{Ended, Running, Ticket};
use crate::acceptor::Acceptor;
use crate::coordinator::{Coordinator, Done, OperationError, Success};
use crate::division::Division;
use crate::message::{Outgoing, Reply, Request};
use crate::voters::Voters;

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// Takes in a request to the acceptor of an object.
    pub(super) fn ask(
        &mut self,
        now: Time,
        from: NodeId,
        key: O::Key,
        request: Request<O::Object>,
        replica: &Replica<S>,
    ) {
        if request.voters.version() > self.voters.version() {
            self.adopt(now, request.voters.clone());
        }
        if self.voters.contains(self.node) && !self.rights.may_vote() {
            return; // the coordinator asks again
        }
        let object = O::object(replica.state(), &key);
        let (enrolment, roll) = (self.rights.enrolment(), self.rights.roll());
        let acceptor = self.acceptors.entry(key.clone()).or_insert_with(|| {
            // What may not be durable yet is news, so that no answer that speaks of it leaves
            // before.
            let durable = if replica.is_durable() { object.clone() } else { Default::default() };
            let voters = Some(self.voters.clone());
            let mut acceptor = Acceptor::recovered(durable, voters, self.config.fairness);
            acceptor.enrol(enrolment, roll);
            acceptor.with_differences()
        });
        if !acceptor.is_holding(now) {
            acceptor.merge(object); // what has come otherwise
        }
        acceptor.handle(now, from, request);
        if let Some(voters) = acceptor.voters().cloned() {
            self.adopt(now, voters);
        }
        self.unprepared.insert(key.clone());
        self.touched.insert(key);
    }

    /// Takes in an answer to the coordinator of an object.
    pub(super) fn answer(&mut self, now: Time, from: NodeId, key: O::Key, reply: Reply<O::Object>) {
        let Some(coordinator) = self.coordinators.get_mut(&key) else { return };
        coordinator.handle(now, from, reply);
        let voters = coordinator.voters().clone();
        self.touched.insert(key);
        self.adopt(now, voters);
    }

    /// Goes by these voters from now on, if they are newer, for all objects.
    pub(super) fn adopt(&mut self, now: Time, voters: Voters) {
        if voters.version() <= self.voters.version() {
            return;
        }
        for (key, coordinator) in &mut self.coordinators {
            coordinator.adopt(now, voters.clone());
            self.touched.insert(key.clone());
        }
        for (key, acceptor) in &mut self.acceptors {
            acceptor.adopt(voters.clone());
            self.unprepared.insert(key.clone());
        }
        self.voters = voters;
        self.rights.retain(&self.voters);
        self.enrolling = None; // it begins again, with the voters that there are now
    }

    pub(super) fn coordinator(&mut self, key: &O::Key) -> &mut Coordinator<O::Object> {
        self.coordinators.entry(key.clone()).or_insert_with(|| {
            let config = self.config.coordinator.clone().with_seed(self.rng.u64(..));
            Coordinator::new(self.node, self.voters.clone(), config)
        })
    }

    /// Moves messages and results of one object on, until nothing is left that may move.
    pub(super) fn pump(&mut self, now: Time, key: &O::Key, replica: &mut Replica<S>) {
        loop {
            let mut moved = false;
            while let Some(Outgoing { to, message }) =
                self.coordinators.get_mut(key).and_then(Coordinator::poll_transmit)
            {
                moved = true;
                if to == self.node {
                    self.ask(now, to, key.clone(), message, replica);
                } else {
                    self.send(now, to, &Message::Request { key: key.clone(), request: message });
                }
            }
            while let Some(Outgoing { to, message }) =
                self.acceptors.get_mut(key).and_then(Acceptor::poll_transmit)
            {
                moved = true;
                if to == self.node {
                    self.answer(now, to, key.clone(), message);
                } else {
                    let (key, tally) = (key.clone(), self.rights.tally());
                    self.send(now, to, &Message::Reply { key, reply: message, tally });
                }
            }
            while let Some(done) = self.coordinators.get_mut(key).and_then(Coordinator::poll_done) {
                moved = true;
                self.done(key, done, replica);
            }
            self.touched.remove(key);
            if !moved {
                break;
            }
        }
        self.coordinators.extract_if(key.clone()..=key.clone(), |_, c| c.is_idle()).for_each(drop);
        let is_idle = |_: &O::Key, acceptor: &mut Acceptor<O::Object>| acceptor.is_idle();
        self.acceptors.extract_if(key.clone()..=key.clone(), is_idle).for_each(drop);
    }

    /// Records that a part of an operation has ended.
    pub(super) fn done(&mut self, key: &O::Key, done: Done<O::Object>, replica: &mut Replica<S>) {
        let Done { operation, round_trips, result } = done;
        if let Ok(Success::Read(object)) = &result {
            replica.learn(O::enclose(key.clone(), object.clone()));
        }
        let Some(ticket) = self.parts.remove(&(key.clone(), operation)) else {
            return self.read_for_change(key, operation, result.map(drop));
        };
        match result {
            Ok(Success::Read(object)) => {
                self.running.remove(&ticket);
                let result = Ok(Success::Read(object));
                self.ended.push_back(Ended { ticket, round_trips, result });
            }
            Ok(_) => self.end_part(ticket, round_trips, Ok(())),
            Err(error) => self.end_part(ticket, round_trips, Err(error)),
        }
    }

    pub(super) fn end_part(
        &mut self,
        ticket: Ticket,
        round_trips: u32,
        result: Result<(), OperationError>,
    ) {
        let Some(running) = self.running.get_mut(&ticket) else { return };
        running.left = running.left.saturating_sub(1);
        running.round_trips = running.round_trips.max(round_trips);
        if let Err(error) = result {
            running.error.get_or_insert(error);
        }
        if running.left == 0
            && let Some(Running { round_trips, error, .. }) = self.running.remove(&ticket)
        {
            let result = error.map_or(Ok(Success::Updated), Err);
            self.ended.push_back(Ended { ticket, round_trips, result });
        }
    }

    /// Sends a message, in fragments if it is long.
    pub(super) fn send(&mut self, now: Time, to: NodeId, message: &Message<O::Key, O::Object>) {
        let Some(payload) = self.send_short(to, message) else { return };
        if !self.long.push(now, to, &payload) {
            self.oversized += 1;
        }
    }

    /// Sends a message as one, or gives its bytes back if they are too long for that.
    fn send_short(&mut self, to: NodeId, message: &Message<O::Key, O::Object>) -> Option<Vec<u8>> {
        match rejoin_codec::seal(VERSION, message) {
            Ok(payload) if payload.len() <= self.config.max_message => {
                self.outbox.push_back((to, payload));
                None
            }
            Ok(payload) => Some(payload),
            Err(_) => {
                self.oversized += 1;
                None
            }
        }
    }

    /// Sends what may go now of messages that are too long to go as one.
    pub(super) fn send_fragments(&mut self, now: Time, replica: &Replica<S>) {
        self.long.retain(|node| replica.peers().any(|peer| peer.node() == node));
        let length = self.config.max_message / 2;
        while let Some((to, fragment)) = self.long.next(now, length) {
            // With a limit that is absurdly low, not even fragments can be sent.
            let long = self.send_short(to, &Message::Fragment(fragment));
            self.oversized += u64::from(long.is_some());
        }
    }
}
