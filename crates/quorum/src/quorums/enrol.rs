//! Enrolling anew: what a voter does that may have forgotten something.
//!
//! It asks all other voters to record its next number, durably. Who has done so names its objects,
//! each with a fingerprint, page by page; those that differ here are fetched. When ⌈n/2⌉ of the
//! n − 1 others that vote themselves have been read like that, or all of them, and all is durable
//! here, the voter votes again, under the new number. See [`Roll`](crate::Roll) for why that is
//! enough.
//!
//! While voters are joint, that is asked for in each set that has this voter.

use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{NodeId, ReplicaId};
use rejoin_store::{Replica, Replicated, Time};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::message::{Entry, Message, Page};
use super::{Quorums, Waiting};
use crate::division::Division;
use crate::standing::NotVoting;

/// How many keys go into one message.
const KEYS: usize = 256;

/// How many bytes of objects go into one message, beside the first one.
const BYTES: usize = 1 << 16;

/// An enrolment that is on its way.
pub(super) struct Enrolling<K> {
    number: u64,
    retry_at: Time,
    readings: BTreeMap<NodeId, Reading<K>>,
}

/// How far this voter is with reading another one.
struct Reading<K> {
    /// The last key that was named, and whether it was the last of all.
    after: Option<K>,
    is_listed: bool,
    /// The objects that differ.
    missing: BTreeSet<K>,
    /// Under which number the other one answers, and whether it does.
    enrolment: u64,
    votes: bool,
}

impl<K> Reading<K> {
    fn is_done(&self) -> bool {
        self.is_listed && self.missing.is_empty()
    }
}

impl<K> Enrolling<K> {
    pub(super) fn poll_timeout(&self) -> Time {
        self.retry_at
    }
}

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// Votes no more: whatever was to be answered is not.
    pub(super) fn suspect(&mut self, because: NotVoting) {
        if self.rights.suspect(because) {
            self.acceptors.clear();
        }
    }

    /// Lets the acceptors answer with what is recorded now.
    pub(super) fn stamp(&mut self) {
        let (enrolment, roll) = (self.rights.enrolment(), self.rights.roll());
        for acceptor in self.acceptors.values_mut() {
            acceptor.enrol(enrolment, roll.clone());
        }
    }

    /// Begins to enrol, or ends it, when everything is durable.
    pub(super) fn go_on_with_enrolment(&mut self, now: Time) {
        if self.rights.doubt().is_none() || !self.voters.contains(self.node) {
            self.enrolling = None;
            return;
        }
        let Some(enrolling) = &self.enrolling else {
            return self.enrol(now, self.rights.enrolment().saturating_add(1));
        };
        let done = |voter: &NodeId| enrolling.readings.get(voter).filter(|one| one.is_done());
        let mut sets = self.voters.sets().filter(|set| set.contains(&self.node));
        let is_enrolled = sets.all(|set| {
            let others = || set.iter().filter(|voter| **voter != self.node);
            let voting = others().filter_map(done).filter(|one| one.votes).count();
            voting >= set.len().div_ceil(2) || others().all(|voter| done(voter).is_some())
        });
        if is_enrolled {
            self.rights.enrolled(enrolling.number);
            self.enrolling = None;
        }
    }

    /// Asks all others to record this number.
    fn enrol(&mut self, now: Time, number: u64) {
        self.enrolling = Some(Enrolling { number, retry_at: now, readings: BTreeMap::new() });
        self.retry_enrolment(now);
    }

    /// Asks again those that have not been read.
    pub(super) fn retry_enrolment(&mut self, now: Time) {
        let interval = self.config.coordinator.retry_interval;
        let Some(enrolling) = self.enrolling.as_mut().filter(|one| one.retry_at <= now) else {
            return;
        };
        enrolling.retry_at = now + interval;
        let others: Vec<NodeId> = self.voters.iter().filter(|id| *id != self.node).collect();
        for voter in others {
            self.ask_to_read(voter);
        }
    }

    /// Asks another voter for the next names, or objects.
    fn ask_to_read(&mut self, voter: NodeId) {
        let Some(enrolling) = &self.enrolling else { return };
        let number = enrolling.number;
        let message = match enrolling.readings.get(&voter) {
            Some(reading) if reading.is_done() => return,
            Some(reading) if !reading.missing.is_empty() => {
                let keys = reading.missing.iter().take(KEYS).cloned().collect();
                Message::Fetch { number, keys }
            }
            reading => {
                let after = reading.and_then(|reading| reading.after.clone());
                Message::Enrol { number, after }
            }
        };
        self.send(voter, &message);
    }

    /// Records that a voter enrols, and answers when that is durable.
    pub(super) fn record(&mut self, run: ReplicaId, number: u64, after: Option<O::Key>) {
        match self.rights.record(run, number) {
            Ok(()) => {
                self.stamp();
                self.waiting.push(Waiting::Name { to: run.node(), number, after });
            }
            Err(known) => {
                self.send(run.node(), &Message::Unrecorded { number, known });
            }
        }
    }

    /// Names objects to a voter whose number is durable here.
    pub(super) fn name(
        &mut self,
        to: NodeId,
        number: u64,
        after: Option<O::Key>,
        replica: &Replica<S>,
    ) {
        let mut rest = O::keys_after(replica.state(), after.as_ref());
        let entry = |key: O::Key| {
            let fingerprint = fingerprint(&O::object(replica.state(), &key));
            Entry { key, fingerprint }
        };
        let entries: Vec<Entry<O::Key>> = rest.by_ref().take(KEYS).map(entry).collect();
        let more = rest.next().is_some();
        drop(rest);
        let (voters, votes) = (self.voters.clone(), self.rights.may_vote());
        let enrolment = self.rights.enrolment();
        let page = Page { after, entries, more };
        let recorded = Message::Recorded { number, enrolment, votes, voters, page };
        self.send(to, &recorded);
    }

    /// Gives objects to a voter that lacks them, as many as go into one message.
    pub(super) fn give(
        &mut self,
        to: NodeId,
        number: u64,
        keys: Vec<O::Key>,
        replica: &Replica<S>,
    ) {
        let (mut objects, mut bytes) = (Vec::new(), 0);
        for key in keys {
            let object = O::object(replica.state(), &key);
            bytes += rejoin_codec::encoded_len(&object).unwrap_or(0);
            if !objects.is_empty() && bytes > BYTES.min(self.config.max_message / 2) {
                break;
            }
            objects.push((key, object));
        }
        self.send(to, &Message::Objects { number, objects });
    }

    /// Takes in what another voter has named, having recorded this one.
    pub(super) fn recorded(
        &mut self,
        from: NodeId,
        (number, enrolment, votes): (u64, u64, bool),
        page: Page<O::Key>,
        replica: &Replica<S>,
    ) {
        let Page { after, entries, more } = page;
        let Some(enrolling) = self.enrolling.as_mut().filter(|one| one.number == number) else {
            return;
        };
        let fresh = || Reading {
            after: None,
            is_listed: false,
            missing: BTreeSet::new(),
            enrolment,
            votes,
        };
        let reading = enrolling.readings.entry(from).or_insert_with(fresh);
        if reading.enrolment != enrolment {
            *reading = fresh(); // it may have forgotten what it has recorded
        }
        reading.votes = votes;
        if reading.after != after || reading.is_listed {
            return; // it has been here before
        }
        reading.after = entries.last().map(|entry| entry.key.clone()).or(after);
        reading.is_listed = !more;
        let differs = |entry: &Entry<O::Key>| {
            fingerprint(&O::object(replica.state(), &entry.key)) != entry.fingerprint
        };
        reading.missing.extend(entries.into_iter().filter(differs).map(|entry| entry.key));
        self.ask_to_read(from);
    }

    /// Takes in objects that this node lacked.
    pub(super) fn fetched(
        &mut self,
        from: NodeId,
        number: u64,
        objects: Vec<(O::Key, O::Object)>,
        replica: &mut Replica<S>,
    ) {
        let Some(enrolling) = self.enrolling.as_mut().filter(|one| one.number == number) else {
            return;
        };
        let Some(reading) = enrolling.readings.get_mut(&from) else { return };
        for (key, object) in objects {
            reading.missing.remove(&key);
            replica.learn(O::enclose(key, object));
        }
        self.ask_to_read(from);
    }

    /// Takes a greater number: somebody has recorded another run of this node under this one.
    pub(super) fn unrecorded(&mut self, now: Time, number: u64, known: u64) {
        if self.enrolling.as_ref().is_some_and(|one| one.number == number) {
            self.enrol(now, known.max(number).saturating_add(1));
        }
    }
}

fn fingerprint(object: &impl Serialize) -> u64 {
    // What cannot be encoded cannot be sent either; two of them count as equal.
    rejoin_codec::to_vec(object).map_or(0, |bytes| xxh3_64(&bytes))
}
