//! The protocol: who is connected, what comes in, and what goes out.

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};

use rejoin_core::{CausalContext, ReplicaId};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::parcels::Parcels;
use super::{HandleError, Replica};
use crate::message::{Fingerprints, Fragment, Message, Part, Receipt, VERSION};
use crate::{Kind, Replicated, Time, codec};

/// What goes before a fragment's bytes in its message, at most.
const FRAGMENT_OVERHEAD: usize = 64;

/// How many acknowledgements may wait for a peer. Those that are left out are asked for again.
const MAX_WAITING: usize = 256;

/// A message to be brought to a peer; it may get lost, late, out of order, or there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is sent only by the transport"]
pub struct Transmit {
    /// The receiver.
    pub to: ReplicaId,
    /// The message, at most [`Config::max_message`](crate::Config::max_message) bytes.
    pub payload: Vec<u8>,
}

/// What a message was, and whether it changed the value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handled {
    /// The kind of the message.
    pub kind: Kind,
    /// Whether it changed the value, so that there is something to make durable.
    pub changed: bool,
}

/// A connected peer.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// When to ask it whether it has the same, unless it asks before.
    next_compare: Option<Time>,
    /// When to compare values with it.
    next_scrub: Option<Time>,
    /// What it was last asked to compare, with the fingerprint of the value.
    scrubbed: Option<(Fingerprints, u64)>,
    /// Whether it has seen the same and has something else.
    diverged: bool,
    /// Not to begin another sync with it before.
    next_sync: Time,
    /// Since when it has been behind.
    behind_since: Option<Time>,
    /// The latest message of each kind of an exchange: it says what an older one said, and more.
    latest: [Option<Vec<u8>>; 4],
    /// Acknowledgements, and what is said among neighbours.
    others: VecDeque<(Kind, Vec<u8>)>,
    /// Longer ones.
    parcels: Parcels,
    /// What is to be said when the last parcel has arrived: the deltas that were in them.
    after: Option<CausalContext>,
}

impl<S: Replicated> Replica<S> {
    /// Reports that messages can be exchanged with `peer`, or can again.
    ///
    /// Both sides report it. They tell each other what they have, and send what the other lacks.
    pub fn connected(&mut self, now: Time, peer: ReplicaId) {
        self.now = self.now.max(now);
        if peer == self.id {
            return; // `handle` tells it as an error
        }
        let next_scrub = now + self.config.scrub_interval;
        let next_scrub = (self.config.scrub_interval < Duration::MAX).then_some(next_scrub);
        self.peers.insert(peer, Peer { next_scrub, ..Peer::default() });
        self.schedule(now, peer);
        self.gossip.link(now, peer);
        if self.id < peer {
            if self.gossip.have().is_empty() {
                self.begin_sync(now, peer); // gossip knows nothing, so it cannot help
            } else {
                self.send(
                    peer,
                    &Message::<(), ()>::Compare { ours: self.fingerprints(), content: None },
                );
            }
        }
    }

    /// Takes in a message from a connected peer.
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
    ) -> Result<Handled, HandleError> {
        self.now = self.now.max(now);
        let limit = self.config.max_message;
        let result = self.admit(from, message, limit).and_then(|decoded| {
            let kind = decoded.kind();
            Ok(Handled { kind, changed: self.take_in(now, from, decoded)? })
        });
        match &result {
            Ok(handled) => self.stats.received.record(handled.kind, message.len()),
            Err(_) => self.stats.rejected += 1,
        }
        result
    }

    /// Does what is due: asks each peer that has not been heard of for an interval.
    pub fn handle_timeout(&mut self, now: Time) {
        self.now = self.now.max(now);
        let is_due = |peer: &Peer| peer.next_compare.is_some_and(|at| at <= now);
        let due: Vec<ReplicaId> =
            self.peers.iter().filter(|(_, peer)| is_due(peer)).map(|(id, _)| *id).collect();
        if due.is_empty() {
            return;
        }
        let ours = self.fingerprints();
        for id in due {
            self.schedule(now, id);
            let content = self.scrub(now, id, ours);
            self.send(id, &Message::<(), ()>::Compare { ours, content });
        }
    }

    /// Takes the next message to be sent, or `None` if there is none that may leave yet.
    pub fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        self.now = self.now.max(now);
        if !self.is_durable() {
            return None;
        }
        loop {
            if let Some((to, kind, payload)) = self.next_of_exchange() {
                self.stats.sent.record(kind, payload.len());
                return Some(Transmit { to, payload });
            }
            if let Some((to, frame)) = self.gossip.poll_transmit(now) {
                self.send(to, &Message::<_, ()>::Gossip(Box::new(frame)));
                continue;
            }
            if self.begin_syncs_of_those_behind(now) {
                continue;
            }
            let (length, retry) = (self.config.target(), self.retry());
            let next = |(id, peer): (&ReplicaId, &mut Peer)| {
                Some((*id, peer.parcels.next(now, length, retry)?))
            };
            let (to, fragment) = self.peers.iter_mut().find_map(next)?;
            let message = Message::<(), ()>::Fragment(fragment);
            // Neither can it fail to be encoded, nor is it longer than allowed.
            let Ok(payload) = codec::encode(VERSION, &message) else { continue };
            self.stats.sent.record(Kind::Fragment, payload.len());
            return Some(Transmit { to, payload });
        }
    }

    /// Reads a message, and checks all that can be wrong with it.
    fn admit(
        &self,
        from: ReplicaId,
        message: &[u8],
        limit: usize,
    ) -> Result<Message<S, S::Digest>, HandleError> {
        if from == self.id {
            return Err(HandleError::OwnId);
        }
        if !self.peers.contains_key(&from) {
            return Err(HandleError::NotConnected(from));
        }
        let bytes = message.len();
        if bytes > limit {
            return Err(HandleError::TooLarge { bytes, limit });
        }
        let message = match codec::decode(VERSION, message).map_err(HandleError::Decode)? {
            Message::Chunk(bytes) => {
                let delta = rejoin_codec::from_slice(&bytes);
                let delta = delta.map_err(|error| HandleError::Decode(error.into()))?;
                Message::Part(Part { delta: Some(delta), have: None })
            }
            message => message,
        };
        for news in message.news() {
            self.state.check_fork(news, self.id).map_err(HandleError::Forked)?;
        }
        Ok(message)
    }

    /// Does what a message says, and returns whether the value changed.
    fn take_in(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: Message<S, S::Digest>,
    ) -> Result<bool, HandleError> {
        match message {
            Message::Gossip(frame) => {
                let brought = frame.groups.len();
                let groups = self.gossip.handle(now, from, *frame);
                self.stats.redundant += (brought - groups.len()) as u64;
                Ok(groups.into_iter().fold(false, |changed, group| {
                    let changes = self.apply(group.delta.clone());
                    self.received.groups.push(group); // not sent to us again, if it is durable
                    changed | changes
                }))
            }
            Message::Compare { ours: theirs, content } => {
                self.schedule(now, from); // it has asked; no need to ask it soon
                let ours = self.fingerprints();
                if theirs == ours {
                    let own = content.map(|_| fingerprint(&self.state));
                    self.judge(from, own, content);
                    self.send_same(from, own);
                } else if theirs.have == ours.have {
                    self.begin_sync(now, from); // nothing is on its way that would explain it
                }
                Ok(false)
            }
            Message::Sync { digest, have } => {
                self.schedule(now, from);
                self.reply(from, &digest, have);
                Ok(false)
            }
            Message::Same { have, content } => {
                self.schedule(now, from);
                let ours = self.fingerprints();
                let asked = self.peers.get(&from).and_then(|peer| peer.scrubbed);
                let own = asked.filter(|(then, _)| *then == ours).map(|(_, content)| content);
                self.judge(from, own, content);
                if have == fingerprint(self.gossip.have()) {
                    let have = self.gossip.have().clone();
                    self.gossip.caught_up(from, &have);
                }
                Ok(false)
            }
            Message::Reply { part, digest } => {
                self.schedule(now, from);
                let their_have = part.as_ref().and_then(|part| part.have.clone());
                let changed = part.is_some_and(|part| self.merge_part(from, part));
                if let Some(digest) = digest {
                    let delta = self.state.diff(&digest);
                    let have = self.gossip.have();
                    let have = their_have.filter(|theirs| theirs != have).map(|_| have.clone());
                    self.send_part(from, delta, have);
                }
                Ok(changed)
            }
            Message::Part(part) => {
                self.schedule(now, from);
                Ok(self.merge_part(from, part))
            }
            Message::Chunk(_) => Ok(false), // `admit` has made a part of it
            Message::Fragment(fragment) => self.take_fragment(now, from, &fragment),
            Message::Receipt(receipt) => {
                self.schedule(now, from);
                self.take_receipt(now, from, &receipt);
                Ok(false)
            }
        }
    }

    /// Joins a difference.
    ///
    /// It is right only at a replica that has what the digest said that it was computed from. That
    /// is so here, however late it comes and whatever has crashed since: the digest was ours, and
    /// left when all of it was durable.
    fn merge_part(&mut self, from: ReplicaId, part: Part<S>) -> bool {
        let have = part.have.unwrap_or_default();
        let changed = match part.delta {
            Some(delta) => {
                let changed = self.apply(delta.clone());
                if changed {
                    self.received.add_state(delta, &CausalContext::new());
                }
                changed
            }
            None => false,
        };
        if !self.gossip.have().is_superset(&have) {
            self.gossip.absorb(&have);
            self.received.have.join(&have);
        }
        if !have.is_empty() {
            self.gossip.greet(from);
        }
        changed
    }

    fn apply(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta);
        if changed {
            self.stats.merged += 1;
        } else {
            self.stats.redundant += 1;
        }
        changed
    }

    fn take_fragment(
        &mut self,
        now: Time,
        from: ReplicaId,
        fragment: &Fragment,
    ) -> Result<bool, HandleError> {
        self.schedule(now, from);
        let limit = self.config.max_value;
        let bytes = usize::try_from(fragment.length).unwrap_or(usize::MAX);
        if bytes > limit || fragment.bytes.is_empty() {
            return Err(HandleError::TooLarge { bytes, limit });
        }
        let (whole, receipt) = self.arrivals.insert(fragment, limit);
        self.send(from, &Message::<(), ()>::Receipt(receipt));
        let Some(whole) = whole else { return Ok(false) };
        match self.admit(from, &whole, limit)? {
            Message::Fragment(_) => Ok(false), // nobody cuts fragments
            message => self.take_in(now, from, message),
        }
    }

    fn take_receipt(&mut self, now: Time, from: ReplicaId, receipt: &Receipt) {
        let retry = self.retry();
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if peer.parcels.receipt(now, receipt, retry)
            && let Some(have) = peer.after.take()
        {
            self.send(from, &Message::<S, ()>::Part(Part { delta: None, have: Some(have) }));
        }
    }

    fn fingerprints(&self) -> Fingerprints {
        Fingerprints {
            digest: fingerprint(&self.state.digest()),
            have: fingerprint(self.gossip.have()),
        }
    }

    pub(super) fn sync_message(&self) -> Message<(), S::Digest> {
        let have = fingerprint(self.gossip.have());
        Message::Sync { digest: self.state.digest(), have }
    }

    /// Asks a peer for what gossip cannot bring.
    fn begin_sync(&mut self, now: Time, to: ReplicaId) {
        let retry = self.retry();
        let Some(peer) = self.peers.get_mut(&to) else { return };
        // What is on its way answers it; and an answer takes some time.
        if now < peer.next_sync || !peer.parcels.is_empty() {
            return;
        }
        peer.next_sync = now + retry;
        self.stats.syncs += 1;
        self.send(to, &self.sync_message());
    }

    /// Tells neighbours that lack what gossip keeps no more what is here, to hear what they lack.
    ///
    /// If both sides of a link find the other one behind, one exchange is enough: the side with the
    /// larger id waits for that of the other.
    fn begin_syncs_of_those_behind(&mut self, now: Time) -> bool {
        let (before, retry) = (self.stats.syncs, self.retry());
        let behind: BTreeSet<ReplicaId> = self.gossip.behind().collect();
        for (id, peer) in &mut self.peers {
            if !behind.contains(id) {
                peer.behind_since = None;
            } else if peer.behind_since.is_none() {
                peer.behind_since = Some(now);
                if *id < self.id {
                    peer.next_sync = peer.next_sync.max(now + retry);
                }
            }
        }
        for peer in behind {
            self.begin_sync(now, peer);
        }
        self.stats.syncs > before
    }

    /// Says that a peer has what is here.
    fn send_same(&mut self, to: ReplicaId, content: Option<u64>) {
        let have = self.gossip.have().clone();
        self.send(to, &Message::<(), ()>::Same { have: fingerprint(&have), content });
        self.gossip.caught_up(to, &have);
    }

    /// The fingerprint of the value, if it is time to compare it with that of a peer.
    fn scrub(&mut self, now: Time, peer: ReplicaId, ours: Fingerprints) -> Option<u64> {
        let peer = self.peers.get_mut(&peer)?;
        if now < peer.next_scrub? {
            return None;
        }
        peer.next_scrub = Some(now + self.config.scrub_interval);
        let content = fingerprint(&self.state);
        peer.scrubbed = Some((ours, content));
        Some(content)
    }

    /// Takes note whether the value of a peer that has seen the same is the same.
    fn judge(&mut self, peer: ReplicaId, own: Option<u64>, theirs: Option<u64>) {
        if let (Some(own), Some(theirs)) = (own, theirs)
            && let Some(peer) = self.peers.get_mut(&peer)
        {
            peer.diverged = own != theirs;
        }
    }

    fn reply(&mut self, to: ReplicaId, theirs: &S::Digest, their_have: u64) {
        let own = self.state.digest();
        let is_same = fingerprint(&own) == fingerprint(theirs);
        let has_same = fingerprint(self.gossip.have()) == their_have;
        if is_same && has_same {
            self.send_same(to, None);
            return;
        }
        if self.peers.get(&to).is_some_and(|peer| peer.parcels.has(Kind::Part)) {
            // A difference is on its way already; what is left of it will turn out afterwards.
            self.send(to, &Message::<(), _>::Reply { part: None, digest: Some(own) });
            return;
        }
        let delta = if is_same { None } else { self.state.diff(theirs) };
        let have = (!has_same).then(|| self.gossip.have().clone());
        let part = Part { delta: delta.as_ref(), have: have.clone() };
        let reply = Message::Reply { part: Some(part), digest: Some(&own) };
        if codec::encoded_len(&reply).is_ok_and(|length| length <= self.config.target()) {
            self.send(to, &reply);
        } else {
            self.send(to, &Message::<(), _>::Reply { part: None, digest: Some(own) });
            self.send_part(to, delta, have);
        }
    }

    /// Sends a difference, in as many messages as it takes.
    fn send_part(&mut self, to: ReplicaId, delta: Option<S>, have: Option<CausalContext>) {
        if delta.is_none() && have.is_none() {
            return;
        }
        let target = self.config.target();
        let message = Message::<_, ()>::Part(Part { delta: delta.as_ref(), have: have.clone() });
        let is_short = codec::encoded_len(&message).is_ok_and(|length| length <= target);
        let Some(delta) = delta.as_ref().filter(|_| !is_short) else {
            self.send(to, &message);
            return;
        };
        let mut chunks = Vec::new();
        let mut add = |chunk| chunks.push(codec::encode(VERSION, &Message::<(), ()>::Chunk(chunk)));
        let length = target.saturating_sub(FRAGMENT_OVERHEAD).max(1);
        let chunked = rejoin_codec::chunks(delta, length, &mut add);
        let Some(peer) = self.peers.get_mut(&to) else { return };
        peer.parcels.clear(Kind::Part); // an older difference
        peer.after = have;
        for chunk in chunks {
            match chunk {
                Ok(chunk) if chunk.len() <= self.config.max_value => {
                    self.stats.carriers += 1;
                    peer.parcels.push(Kind::Part, chunk);
                }
                _ => {
                    self.stats.oversized += 1;
                    peer.after = None; // it will not have all
                }
            }
        }
        if chunked.is_err() {
            self.stats.oversized += 1;
            peer.after = None;
        }
    }

    fn send<A: Serialize, B: Serialize>(&mut self, to: ReplicaId, message: &Message<A, B>) {
        let kind = message.kind();
        let Some(peer) = self.peers.get_mut(&to) else { return };
        self.stats.carriers += u64::from(message.news().next().is_some());
        match codec::encode(VERSION, message) {
            Ok(payload) if payload.len() <= self.config.target().saturating_mul(2) => {
                peer.queue(kind, payload);
            }
            Ok(payload) if payload.len() <= self.config.max_value => {
                peer.parcels.push(kind, payload);
            }
            Ok(_) | Err(_) => self.stats.oversized += 1,
        }
    }

    fn next_of_exchange(&mut self) -> Option<(ReplicaId, Kind, Vec<u8>)> {
        self.peers.iter_mut().find_map(|(to, peer)| {
            let (kind, payload) = peer.next()?;
            Some((*to, kind, payload))
        })
    }

    /// Puts the next question to `peer` off to about an interval from now.
    fn schedule(&mut self, now: Time, peer: ReplicaId) {
        // Between a half and one and a half intervals, so that replicas that started together do
        // not all ask at the same moment for ever.
        let interval = self.config.sync_interval;
        let half = interval / 2;
        let jitter = half.saturating_mul(self.rng.u32(0..1024)) / 512;
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.next_compare = (interval < Duration::MAX).then_some(now + half + jitter);
        }
    }

    /// How long to wait for an answer.
    fn retry(&self) -> Duration {
        self.config.pace.saturating_mul(16)
    }
}

impl<S> Replica<S> {
    /// The peers that have seen the same writes, and have another value all the same.
    ///
    /// That cannot come from replication. Memory or a disk was damaged, or one dot was minted twice:
    /// two processes wrote under one id ([`check_dots`](rejoin_core::Causal::check_dots) tells which).
    /// Give one of the two an empty storage, and it gets everything from its peers.
    pub fn diverged(&self) -> impl Iterator<Item = ReplicaId> {
        self.peers.iter().filter(|(_, peer)| peer.diverged).map(|(id, _)| *id)
    }

    /// Reports that `peer` cannot be reached any more, and forgets what waited for it.
    pub fn disconnected(&mut self, peer: ReplicaId) {
        self.peers.remove(&peer);
        self.gossip.unlink(peer);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let compare = self.peers.values().filter_map(|peer| peer.next_compare);
        if !self.is_durable() {
            return compare.min(); // all else is to be sent, and nothing may leave now
        }
        let parcels = self.peers.values().filter_map(|peer| peer.parcels.retry_at());
        let behind = self.gossip.behind().filter_map(|peer| self.peers.get(&peer));
        let syncs = behind.filter(|peer| peer.parcels.is_empty()).map(|peer| peer.next_sync);
        compare.chain(parcels).chain(syncs).chain(self.gossip.poll_timeout()).min()
    }
}

impl Peer {
    fn queue(&mut self, kind: Kind, payload: Vec<u8>) {
        let latest = match kind {
            Kind::Compare => 0,
            Kind::Sync => 1,
            Kind::Reply => 2,
            Kind::Part => 3,
            Kind::Gossip | Kind::Fragment | Kind::Receipt => {
                if self.others.len() < MAX_WAITING {
                    self.others.push_back((kind, payload));
                }
                return;
            }
        };
        self.latest[latest] = Some(payload);
    }

    /// The bytes of all that waits for it.
    pub(super) fn waiting(&self) -> usize {
        let latest = self.latest.iter().flatten().map(Vec::len).sum::<usize>();
        let others = self.others.iter().map(|(_, payload)| payload.len()).sum::<usize>();
        latest + others + self.parcels.bytes()
    }

    fn next(&mut self) -> Option<(Kind, Vec<u8>)> {
        let kinds = [Kind::Compare, Kind::Sync, Kind::Reply, Kind::Part];
        let latest = kinds.into_iter().zip(&mut self.latest);
        let latest = latest.filter_map(|(kind, slot)| Some((kind, slot.take()?))).next();
        latest.or_else(|| self.others.pop_front())
    }
}

/// A number that is the same for equal values. Of two values that differ it is the same by chance,
/// one time in 2⁶⁴.
fn fingerprint<T: Serialize>(value: &T) -> u64 {
    rejoin_codec::to_vec(value).map_or(0, |bytes| xxh3_64(&bytes))
}
