//! What gossip cannot bring: digests go one way, and differences of values the other.

use std::collections::{BTreeSet, VecDeque};

use rejoin_codec::EncodeError;
use rejoin_core::ReplicaId;
use rejoin_fragments::Question;
use rejoin_gossip::{CausalDelivery, News, Time};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::Replica;
use crate::message::{Dated, Fingerprints, Known, Message, Part};
use crate::replicated::Replicated;
use crate::stats::Kind;
use crate::written::borrowed;

/// The messages of a long difference, and those after them.
type Pieces = (Vec<Vec<u8>>, VecDeque<Vec<u8>>);

/// What goes before a fragment's bytes in its message, at most.
const FRAGMENT_OVERHEAD: usize = 64;

impl<S: Replicated> Replica<S> {
    pub(super) fn fingerprints(&self) -> Fingerprints {
        Fingerprints {
            digest: fingerprint(&self.state.digest()),
            have: fingerprint(self.gossip.have()),
        }
    }

    pub(super) fn sync_message(&mut self, to: ReplicaId) -> Message<(), S::Digest> {
        let have = fingerprint(self.gossip.have());
        Message::Sync { digest: self.known(to), have }
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
        let sync = self.sync_message(to);
        self.send(to, &sync);
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

    pub(super) fn reply(&mut self, to: ReplicaId, theirs: &Known<S::Digest>, their_have: u64) {
        let is_same = fingerprint(&self.state.digest()) == fingerprint(&theirs.digest);
        let have = fingerprint(self.gossip.have());
        let has_same = have == their_have;
        if is_same && has_same && !theirs.has_pieces {
            self.send_same(to, None);
            return;
        }
        let digest = Some(self.known(to));
        if self.peers.get(&to).is_some_and(|peer| peer.fragments.has(Kind::Part)) {
            // A difference is on its way already; what is left of it will turn out afterwards.
            self.send(to, &Message::<(), _>::Reply { part: None, digest, have });
            return;
        }
        let delta = if is_same { None } else { self.state.diff(&theirs.digest) };
        self.answers += u64::from(theirs.question != Question::default());
        let part = Some(self.part(theirs.question, delta.as_ref(), !has_same));
        let reply = Message::Reply { part, digest, have };
        if self.encoded_len(&reply).is_ok_and(|length| length <= self.config.target()) {
            let reply = self.encode(&reply);
            self.stats.carriers += u64::from(delta.is_some());
            reply.into_iter().for_each(|reply| self.queue(to, Kind::Reply, reply));
        } else if let Message::Reply { digest, .. } = reply {
            self.send(to, &Message::<(), _>::Reply { part: None, digest, have });
            self.send_part(to, delta, !has_same, theirs);
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
    fn part<'a>(&'a self, question: Question, delta: Option<&'a S>, differs: bool) -> Part<&'a S> {
        let held = self.delivery.iter().flat_map(CausalDelivery::held).filter(|_| differs);
        let have = differs.then(|| self.gossip.have().clone());
        Part { question, answer: self.answers, delta, have, held: held.map(borrowed).collect() }
    }

    /// Sends a difference, in as many messages as it takes. The last one leaves when the peer has
    /// acknowledged the others.
    pub(super) fn send_part(
        &mut self,
        to: ReplicaId,
        delta: Option<S>,
        differs: bool,
        known: &Known<S::Digest>,
    ) {
        if delta.is_none() && !differs && !known.has_pieces {
            return;
        }
        let target = self.config.target();
        let question = known.question;
        self.answers += u64::from(question != Question::default());
        let whole = Message::<_, ()>::Part(self.part(question, delta.as_ref(), differs));
        let is_short = self.encoded_len(&whole).is_ok_and(|length| length <= target);
        let Some(delta) = delta.as_ref().filter(|_| !is_short) else {
            let whole = self.encode(&whole);
            self.stats.carriers += u64::from(delta.is_some());
            whole.into_iter().for_each(|whole| self.queue(to, Kind::Part, whole));
            return;
        };
        let Some((pieces, mut last)) = self.pieces(delta, question, differs) else {
            self.stats.oversized += 1;
            return;
        };
        let Some(peer) = self.peers.get_mut(&to) else { return };
        peer.fragments.clear(Kind::Part); // an older difference
        self.stats.carriers += (pieces.len() + last.len()) as u64;
        for piece in pieces {
            peer.fragments.push(Kind::Part, piece);
        }
        let first = if peer.fragments.has(Kind::Part) { None } else { last.pop_front() };
        peer.after = last;
        first.into_iter().for_each(|first| self.queue(to, Kind::Part, first));
    }

    /// The messages that a long difference goes in, and those that follow one by one when these
    /// have arrived; `None` if one of them is too long.
    fn pieces(&self, delta: &S, question: Question, differs: bool) -> Option<Pieces> {
        let target = self.config.target();
        let length = target.saturating_sub(FRAGMENT_OVERHEAD).max(1);
        let (mut pieces, mut last) = (Vec::new(), None::<Vec<u8>>);
        let piece = |chunk| self.encode(&Message::<(), ()>::Chunk(self.answers, chunk));
        rejoin_codec::chunks(delta, length, &mut |chunk| {
            pieces.extend(last.replace(chunk).map(piece));
        })
        .ok()?;
        let pieces = pieces.into_iter().collect::<Result<Vec<_>, _>>().ok()?;
        // With the last one all others count. A long one does not change when it is sent again, so
        // that it goes on after a cut.
        let is_long = |last: &Vec<u8>| last.len() > target.saturating_mul(2);
        let (long, short) = last.into_iter().partition::<Vec<_>, _>(is_long);
        let short: Option<S> = short.first().and_then(|last| rejoin_codec::from_slice(last).ok());
        let end = Message::<_, ()>::Part(self.part(question, short.as_ref(), differs));
        let last = long.into_iter().map(piece).chain([self.encode(&end)]);
        let last = last.collect::<Result<VecDeque<_>, _>>().ok()?;
        let fits = pieces.iter().chain(&last).all(|piece| piece.len() <= self.config.max_value);
        fits.then_some((pieces, last))
    }

    /// Joins a difference.
    ///
    /// It is right only at a replica that has what the digest said that it was computed from. That
    /// is so here, however late it comes and whatever has crashed since: the digest was ours, and
    /// left when all of it was durable. If pieces that it counted on have been dropped since, that
    /// is noticed.
    pub(super) fn merge_part(&mut self, from: ReplicaId, part: Part<S>) -> bool {
        let Some(mut changed) = self.finish_transfer(from, part.question, part.answer) else {
            self.begin_sync(self.now, from);
            return false;
        };
        let have = part.have.unwrap_or_default();
        changed |= part.delta.is_some_and(|delta| self.learn(delta));
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
