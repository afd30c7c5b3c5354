//! What gossip cannot bring: digests go one way, and differences of values the other.

use std::collections::BTreeSet;

use rejoin_codec::EncodeError;
use rejoin_core::ReplicaId;
use rejoin_gossip::{News, Time};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::Replica;
use super::delivery::{Delivery, borrowed};
use crate::message::{Dated, Fingerprints, Message, Part};
use crate::replicated::Replicated;
use crate::stats::Kind;

/// What goes before a fragment's bytes in its message, at most.
const FRAGMENT_OVERHEAD: usize = 64;

impl<S: Replicated> Replica<S> {
    pub(super) fn fingerprints(&self) -> Fingerprints {
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
    pub(super) fn begin_sync(&mut self, now: Time, to: ReplicaId) {
        let retry = self.retry();
        let Some(peer) = self.peers.get_mut(&to) else { return };
        // What is on its way answers it; and an answer takes some time.
        if now < peer.next_sync || !peer.fragments.is_empty() {
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
    pub(super) fn begin_syncs_of_those_behind(&mut self, now: Time) -> bool {
        let (before, retry) = (self.stats.syncs, self.retry());
        let behind: BTreeSet<ReplicaId> = self.gossip.behind().collect();
        let mut found = Vec::new();
        for (id, peer) in &mut self.peers {
            if !behind.contains(id) {
                peer.behind_since = None;
            } else if peer.behind_since.is_none() {
                peer.behind_since = Some(now);
                found.push(*id);
                if *id < self.id {
                    peer.next_sync = peer.next_sync.max(now + retry);
                }
            }
        }
        found.into_iter().for_each(|peer| self.notice_behind(peer));
        for peer in behind {
            self.begin_sync(now, peer);
        }
        self.stats.syncs > before
    }

    /// Says that a peer has what is here.
    pub(super) fn send_same(&mut self, to: ReplicaId, content: Option<u64>) {
        let have = self.gossip.have().clone();
        self.send(to, &Message::<(), ()>::Same { have: fingerprint(&have), content });
        self.gossip.caught_up(to, &have);
    }

    /// The fingerprint of the value, if it is time to compare it with that of a peer.
    pub(super) fn scrub(&mut self, now: Time, peer: ReplicaId, ours: Fingerprints) -> Option<u64> {
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
    pub(super) fn judge(&mut self, peer: ReplicaId, own: Option<u64>, theirs: Option<u64>) {
        if let (Some(own), Some(theirs)) = (own, theirs)
            && let Some(known) = self.peers.get_mut(&peer)
        {
            let was_known = core::mem::replace(&mut known.diverged, own != theirs);
            if own != theirs && !was_known {
                self.notice_diverged(peer);
            }
        }
    }

    pub(super) fn reply(&mut self, to: ReplicaId, theirs: &S::Digest, their_have: u64) {
        let own = self.state.digest();
        let is_same = fingerprint(&own) == fingerprint(theirs);
        let has_same = fingerprint(self.gossip.have()) == their_have;
        if is_same && has_same {
            self.send_same(to, None);
            return;
        }
        if self.peers.get(&to).is_some_and(|peer| peer.fragments.has(Kind::Part)) {
            // A difference is on its way already; what is left of it will turn out afterwards.
            self.send(to, &Message::<(), _>::Reply { part: None, digest: Some(own) });
            return;
        }
        let delta = if is_same { None } else { self.state.diff(theirs) };
        let reply =
            Message::Reply { part: Some(self.part(delta.as_ref(), !has_same)), digest: Some(&own) };
        if self.encoded_len(&reply).is_ok_and(|length| length <= self.config.target()) {
            let reply = self.encode(&reply);
            self.stats.carriers += u64::from(delta.is_some());
            reply.into_iter().for_each(|reply| self.queue(to, Kind::Reply, reply));
        } else {
            self.send(to, &Message::<(), _>::Reply { part: None, digest: Some(own) });
            self.send_part(to, delta, !has_same);
        }
    }

    /// How many bytes a message takes.
    pub(super) fn encoded_len<A: Serialize, B: Serialize>(
        &self,
        message: &Message<A, B>,
    ) -> Result<usize, EncodeError> {
        rejoin_codec::sealed_len(&Dated { epoch: self.epoch, message })
    }

    /// A difference, with what the receiver has after it unless it has that already.
    fn part<'a>(&'a self, delta: Option<&'a S>, differs: bool) -> Part<&'a S> {
        let held = self.delivery.iter().flat_map(Delivery::held).filter(|_| differs);
        let have = differs.then(|| self.gossip.have().clone());
        Part { delta, have, held: held.map(borrowed).collect() }
    }

    /// Sends a difference, in as many messages as it takes.
    pub(super) fn send_part(&mut self, to: ReplicaId, delta: Option<S>, differs: bool) {
        if delta.is_none() && !differs {
            return;
        }
        let target = self.config.target();
        let whole = Message::<_, ()>::Part(self.part(delta.as_ref(), differs));
        let is_short = self.encoded_len(&whole).is_ok_and(|length| length <= target);
        let Some(delta) = delta.as_ref().filter(|_| !is_short) else {
            let whole = self.encode(&whole);
            self.stats.carriers += u64::from(delta.is_some());
            whole.into_iter().for_each(|whole| self.queue(to, Kind::Part, whole));
            return;
        };
        let mut chunks = Vec::new();
        let mut add = |chunk| chunks.push(self.encode(&Message::<(), ()>::Chunk(chunk)));
        let length = target.saturating_sub(FRAGMENT_OVERHEAD).max(1);
        let chunked = rejoin_codec::chunks(delta, length, &mut add);
        let mut last = self.encode(&Message::<_, ()>::Part(self.part(None, differs))).ok();
        let Some(peer) = self.peers.get_mut(&to) else { return };
        peer.fragments.clear(Kind::Part); // an older difference
        for chunk in chunks {
            match chunk {
                Ok(chunk) if chunk.len() <= self.config.max_value => {
                    self.stats.carriers += 1;
                    peer.fragments.push(Kind::Part, chunk);
                }
                _ => {
                    self.stats.oversized += 1;
                    last = None; // it will not have all
                }
            }
        }
        if chunked.is_err() {
            self.stats.oversized += 1;
            last = None;
        }
        peer.after = last;
    }

    /// Joins a difference.
    ///
    /// It is right only at a replica that has what the digest said that it was computed from. That
    /// is so here, however late it comes and whatever has crashed since: the digest was ours, and
    /// left when all of it was durable.
    pub(super) fn merge_part(&mut self, from: ReplicaId, part: Part<S>) -> bool {
        let have = part.have.unwrap_or_default();
        let pieces = self.delivery.as_mut().and_then(|delivery| delivery.take_pieces(from));
        let mut changed = false;
        for delta in pieces.into_iter().chain(part.delta) {
            changed |= self.learn(delta);
        }
        let mut seen = have.clone();
        for group in part.held {
            let dots = group.dots();
            seen = seen.difference(&dots);
            let fresh = dots.difference(self.gossip.have());
            if !fresh.is_empty() {
                self.gossip.restore(self.now, group.clone());
                self.received.groups.push(group.clone());
                changed |= self.take_group(News { group, fresh });
            }
        }
        self.notice_difference(&seen);
        if !self.gossip.have().is_superset(&have) || !self.seen_dots().is_superset(&seen) {
            self.gossip.absorb(&have);
            self.received.have.join(&seen);
        }
        changed |= self.deliver(&seen);
        if !have.is_empty() {
            self.gossip.greet(from);
        }
        changed
    }

    /// Joins a piece of a difference, or keeps it until the last has come.
    pub(super) fn merge_piece(&mut self, from: ReplicaId, piece: S) -> bool {
        match &mut self.delivery {
            None => self.learn(piece),
            Some(delivery) => {
                delivery.add_piece(from, piece);
                false
            }
        }
    }
}

impl<S> Replica<S> {
    /// The peers that have seen the same writes, and have another value all the same.
    ///
    /// That cannot come from replication. Memory or a disk was damaged, or one dot was minted
    /// twice: two processes wrote under one id ([`check_dots`](rejoin_core::Causal::check_dots)
    /// tells which). Give one of the two an empty storage, and it gets everything from its peers.
    pub fn diverged(&self) -> impl Iterator<Item = ReplicaId> {
        self.peers.iter().filter(|(_, peer)| peer.diverged).map(|(id, _)| *id)
    }
}

/// A number that is the same for equal values. Of two values that differ it is the same by chance,
/// one time in 2⁶⁴.
pub(super) fn fingerprint<T: Serialize>(value: &T) -> u64 {
    rejoin_codec::to_vec(value).map_or(0, |bytes| xxh3_64(&bytes))
}
