//! Enrolling: what a voter does that may have forgotten something.
//!
//! It asks all other voters to record its next number, durably. Those that have name their objects,
//! each with a fingerprint, page by page; those that differ here are fetched. When ⌈n/2⌉ of the
//! n − 1 others that vote themselves have been read like that, or all of them, and all is durable
//! here, the voter votes again, under the new number. See [`Roll`](crate::Roll) for why that is
//! enough.
//!
//! A recorder counts while no later run of it is known, which may have forgotten the record. And it
//! says what it has seen of all voters: so, of two that enrol at the same time, at least one hears
//! of the other from a recorder that they share.
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
use crate::standing::{NotVoting, Standing};

/// How many keys go into one message.
const KEYS: usize = 256;

/// How many bytes of objects go into one message, beside the first one.
const BYTES: usize = 1 << 16;

/// An enrolment that is on its way.
pub(super) struct Enrolling<K> {
    number: u64,
    retry_at: Time,
    /// The runs that were asked when they were connected.
    asked: BTreeSet<ReplicaId>,
    readings: BTreeMap<NodeId, Reading<K>>,
}

/// A run of another voter, its enrolment, and whether it votes: while these are the same, it
/// forgets nothing.
type Source = (ReplicaId, u64, bool);

/// How far this voter is with reading another one.
struct Reading<K> {
    source: Source,
    /// The last key that was named, and whether it was the last of all.
    after: Option<K>,
    is_listed: bool,
    /// The objects that differ.
    missing: BTreeSet<K>,
}

impl<K> Reading<K> {
    fn of(source: Source) -> Self {
        Self { source, after: None, is_listed: false, missing: BTreeSet::new() }
    }

    fn is_done(&self) -> bool {
        self.is_listed && self.missing.is_empty()
    }
}

impl<K> Enrolling<K> {
    /// How far it is with reading this one, from the beginning if it is not the same as before: it
    /// may have forgotten something, or have read more itself.
    fn reading(&mut self, source: Source) -> &mut Reading<K> {
        let fresh = || Reading::of(source);
        let reading = self.readings.entry(source.0.node()).or_insert_with(fresh);
        if reading.source != source {
            *reading = fresh();
        }
        reading
    }

    pub(super) fn poll_timeout(&self) -> Time {
        self.retry_at
    }
}

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// Votes no more: what was about to be answered is not.
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
    pub(super) fn go_on_with_enrolment(&mut self, now: Time, replica: &Replica<S>) {
        if self.rights.doubt().is_none() || !self.voters.contains(self.node) {
            self.enrolling = None;
            return;
        }
        if self.enrolling.is_none() {
            self.enrol(now, self.rights.enrolment().saturating_add(1));
        }
        let Some(enrolling) = &mut self.enrolling else { return };
        let others = replica.peers().filter(|run| self.voters.contains(run.node()));
        let connected: Vec<ReplicaId> = others.filter(|run| enrolling.asked.insert(*run)).collect();
        for run in connected {
            self.ask_to_read(now, run.node());
        }
        let Some(enrolling) = &self.enrolling else { return };
        // A later run may have forgotten what an earlier one has recorded.
        let is_latest = |voter: &NodeId, run: ReplicaId| {
            self.rights.latest_run(*voter).is_none_or(|latest| latest == run)
        };
        let done = |voter: &NodeId| {
            let reading = enrolling.readings.get(voter);
            reading.filter(|one| one.is_done() && is_latest(voter, one.source.0))
        };
        let mut sets = self.voters.sets().filter(|set| set.contains(&self.node));
        let is_enrolled = sets.all(|set| {
            let others = || set.iter().filter(|voter| **voter != self.node);
            let voting = others().filter_map(done).filter(|one| one.source.2).count();
            voting >= set.len().div_ceil(2) || others().all(|voter| done(voter).is_some())
        });
        if is_enrolled {
            self.rights.enrolled(enrolling.number);
            self.enrolling = None;
        }
    }

    /// Begins to ask all others to record this number.
    fn enrol(&mut self, now: Time, number: u64) {
        let retry_at = now + self.config.coordinator.retry_interval;
        let (asked, readings) = (BTreeSet::new(), BTreeMap::new());
        self.enrolling = Some(Enrolling { number, retry_at, asked, readings });
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
            self.ask_to_read(now, voter);
        }
    }

    /// Asks another voter for the next names, or objects.
    fn ask_to_read(&mut self, now: Time, voter: NodeId) {
        let Some(enrolling) = &self.enrolling else { return };
        let number = enrolling.number;
        let fetch = |keys: &BTreeSet<O::Key>| Message::Fetch {
            number,
            keys: keys.iter().take(KEYS).cloned().collect(),
        };
        let message = match enrolling.readings.get(&voter) {
            Some(reading) if !reading.missing.is_empty() => fetch(&reading.missing),
            // One that was read to its end is asked whether it is the same one still.
            reading => {
                let after = reading.and_then(|reading| reading.after.clone());
                Message::Enrol { number, after }
            }
        };
        self.send(now, voter, &message);
    }

    /// Records that a voter enrols, and answers when that is durable.
    pub(super) fn record(&mut self, now: Time, run: ReplicaId, number: u64, after: Option<O::Key>) {
        match self.rights.record(run, number) {
            Ok(()) => {
                self.stamp();
                self.waiting.push(Waiting::Name { to: run.node(), number, after });
            }
            Err(known) => {
                self.send(now, run.node(), &Message::Unrecorded { number, known });
            }
        }
    }

    /// Names objects to a voter whose number is durable here.
    pub(super) fn name(
        &mut self,
        now: Time,
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
        let Standing { voters, durable } = self.standing();
        let votes = self.rights.may_vote();
        let page = Page { after, entries, more };
        let recorded = Message::Recorded { number, votes, voters, durable, page };
        self.send(now, to, &recorded);
    }

    /// Gives objects to a voter that lacks them, the first one and as many as are short.
    pub(super) fn give(
        &mut self,
        now: Time,
        to: NodeId,
        number: u64,
        keys: Vec<O::Key>,
        replica: &Replica<S>,
    ) {
        let (mut objects, mut bytes) = (Vec::new(), 0_usize);
        for key in keys {
            let object = O::object(replica.state(), &key);
            let len = rejoin_codec::encoded_len(&(&key, &object)).unwrap_or(usize::MAX);
            bytes = bytes.saturating_add(len);
            if !objects.is_empty() && bytes > BYTES.min(self.config.max_message / 2) {
                break;
            }
            objects.push((key, object));
        }
        let (enrolment, votes) = (self.rights.enrolment(), self.rights.may_vote());
        self.send(now, to, &Message::Objects { number, enrolment, votes, objects });
    }

    /// Takes in what another voter has named, having recorded this one.
    pub(super) fn recorded(
        &mut self,
        now: Time,
        number: u64,
        source: Source,
        page: Page<O::Key>,
        replica: &Replica<S>,
    ) {
        let Page { after, entries, more } = page;
        let Some(enrolling) = self.enrolling.as_mut().filter(|one| one.number == number) else {
            return;
        };
        let from = source.0.node();
        let reading = enrolling.reading(source);
        if reading.after != after || reading.is_listed {
            return; // it has been here before
        }
        reading.after = entries.last().map(|entry| entry.key.clone()).or(after);
        reading.is_listed = !more;
        let different = entries.into_iter().filter(|entry| differs::<S, O>(entry, replica));
        reading.missing.extend(different.map(|entry| entry.key));
        if !reading.is_done() {
            self.ask_to_read(now, from);
        }
    }

    /// Takes in objects that this node lacked.
    pub(super) fn fetched(
        &mut self,
        now: Time,
        number: u64,
        source: Source,
        objects: Vec<(O::Key, O::Object)>,
        replica: &mut Replica<S>,
    ) {
        let Some(enrolling) = self.enrolling.as_mut().filter(|one| one.number == number) else {
            return;
        };
        let from = source.0.node();
        let reading = enrolling.reading(source);
        for (key, object) in objects {
            reading.missing.remove(&key);
            replica.learn(O::enclose(key, object));
        }
        if !reading.is_done() {
            self.ask_to_read(now, from);
        }
    }

    /// Takes a greater number: another run of this node has been recorded under this one.
    pub(super) fn unrecorded(&mut self, now: Time, number: u64, known: u64) {
        if self.enrolling.as_ref().is_some_and(|one| one.number == number) {
            self.enrol(now, known.max(number).saturating_add(1));
        }
    }
}

/// Whether an object is not here as another voter has it.
fn differs<S: Replicated, O: Division<S>>(entry: &Entry<O::Key>, replica: &Replica<S>) -> bool {
    fingerprint(&O::object(replica.state(), &entry.key)) != entry.fingerprint
}

fn fingerprint(object: &impl Serialize) -> u64 {
    // What cannot be encoded cannot be sent either; two of them count as equal.
    rejoin_codec::to_vec(object).map_or(0, |bytes| xxh3_64(&bytes))
}
