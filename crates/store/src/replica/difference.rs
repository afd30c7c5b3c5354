//! What gossip cannot bring: digests go one way, and differences of values the other.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use rejoin_codec::EncodeError;
use rejoin_content::{Difference, fingerprint, hash};
use rejoin_core::ReplicaId;
use rejoin_fragments::Question;
use rejoin_gossip::{CausalDelivery, News, Time};

use super::inner::Erased;
use super::peer::Long;
use crate::message::{Dated, Fingerprints, Known, Message, Part};
use crate::stats::Kind;

/// The messages of a long difference, and those after them.
type Pieces = (Vec<Vec<u8>>, VecDeque<Vec<u8>>);

/// What goes before a fragment's bytes in its message, at most.
const FRAGMENT_OVERHEAD: usize = 64;

impl Erased<'_> {
    pub(super) fn fingerprints(&self) -> Fingerprints {
        Fingerprints { digest: hash(&self.content.digest()), have: fingerprint(self.gossip.have()) }
    }

    pub(super) fn sync_message(&mut self, to: ReplicaId) -> Message {
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
        self.send(to, &Message::Same { have: fingerprint(&have), content });
        self.gossip.caught_up(to, &have);
    }

    /// The fingerprint of the value, if it is time to compare it with that of a peer.
    pub(super) fn scrub(&mut self, now: Time, peer: ReplicaId, ours: Fingerprints) -> Option<u64> {
        let peer = self.peers.get_mut(&peer)?;
        if now < peer.next_scrub? {
            return None;
        }
        peer.next_scrub = Some(now + self.config.scrub_interval);
        let content = self.content.fingerprint();
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

    pub(super) fn reply(&mut self, to: ReplicaId, theirs: &Known, their_have: u64) {
        let have = fingerprint(self.gossip.have());
        let has_same = have == their_have;
        if has_same && !theirs.has_pieces && self.content.digest() == theirs.digest {
            self.send_same(to, None);
            return;
        }
        let digest = Some(self.known(to));
        if self.peers.get(&to).is_some_and(|peer| peer.fragments.has(&Long::Part)) {
            // A difference is on its way already; what is left of it will turn out afterwards.
            self.send(to, &Message::Reply { part: None, digest, have });
            return;
        }
        let difference = self.diff(theirs);
        self.answers += u64::from(theirs.question != Question::default());
        let reply = |part| Message::Reply { part, digest: digest.clone(), have };
        let delta = match &difference {
            Difference::Nothing => Some(None),
            Difference::Whole(delta) => Some(Some(delta.clone())),
            Difference::Pieces(_) => None,
        };
        let whole = delta.map(|delta| reply(Some(self.part(theirs.question, delta, !has_same))));
        let fits = |whole: &Message| {
            self.encoded_len(whole).is_ok_and(|length| length <= self.config.target())
        };
        if let Some(whole) = whole.filter(fits) {
            self.send(to, &whole);
            return;
        }
        self.send(to, &reply(None));
        self.send_difference(to, difference, !has_same, theirs);
    }

    /// How many bytes a message takes.
    pub(super) fn encoded_len(&self, message: &Message) -> Result<usize, EncodeError> {
        rejoin_codec::sealed_len(&Dated { epoch: self.epoch, message })
    }

    /// What a peer lacks.
    pub(super) fn diff(&mut self, theirs: &Known) -> Difference {
        let difference = self.content.diff(&theirs.digest, self.piece_len());
        difference.unwrap_or_else(|_| {
            self.stats.oversized += 1;
            Difference::Nothing
        })
    }

    /// How long a piece of a difference may be.
    fn piece_len(&self) -> usize {
        self.config.target().saturating_sub(FRAGMENT_OVERHEAD).max(1)
    }

    /// A difference, with what the receiver has after it unless it has that already.
    fn part(&self, question: Question, delta: Option<Bytes>, differs: bool) -> Part {
        let held = self.delivery.iter().flat_map(CausalDelivery::held).filter(|_| differs);
        let have = differs.then(|| self.gossip.have().clone());
        Part { question, answer: self.answers, delta, have, held: held.cloned().collect() }
    }

    /// Sends a difference, in as many messages as it takes. The last one leaves when the peer has
    /// acknowledged the others.
    pub(super) fn send_difference(
        &mut self,
        to: ReplicaId,
        difference: Difference,
        differs: bool,
        known: &Known,
    ) {
        let question = known.question;
        let delta = match difference {
            Difference::Nothing if !differs && !known.has_pieces => return,
            Difference::Nothing => None,
            Difference::Whole(delta) => Some(delta),
            Difference::Pieces(pieces) => {
                self.send_pieces(to, pieces, question, differs);
                return;
            }
        };
        self.answers += u64::from(question != Question::default());
        let part = self.part(question, delta, differs);
        self.send(to, &Message::Part(part));
    }

    fn send_pieces(
        &mut self,
        to: ReplicaId,
        pieces: Vec<Bytes>,
        question: Question,
        differs: bool,
    ) {
        self.answers += u64::from(question != Question::default());
        let Some((pieces, mut last)) = self.messages_of(pieces, question, differs) else {
            self.stats.oversized += 1;
            return;
        };
        let Some(peer) = self.peers.get_mut(&to) else { return };
        peer.fragments.clear(&Long::Part); // an older difference
        self.stats.carriers += (pieces.len() + last.len()) as u64;
        for piece in pieces {
            peer.fragments.push(Long::Part, piece);
        }
        let first = if peer.fragments.has(&Long::Part) { None } else { last.pop_front() };
        peer.after = last;
        first.into_iter().for_each(|first| self.queue(to, Kind::Part, first));
    }

    /// The messages that a long difference goes in, and those that follow one by one when these
    /// have arrived; `None` if one of them is too long.
    fn messages_of(
        &self,
        mut pieces: Vec<Bytes>,
        question: Question,
        differs: bool,
    ) -> Option<Pieces> {
        let last = pieces.pop()?;
        let chunk = |piece| self.encode(&Message::Chunk(self.answers, piece));
        // With the last one all others count. A long one does not change when it is sent again, so
        // that it goes on after a cut.
        let is_long = last.len() > self.config.target().saturating_mul(2);
        let (long, short) = if is_long { (Some(last), None) } else { (None, Some(last)) };
        let end = Message::Part(self.part(question, short, differs));
        let pieces = pieces.into_iter().map(chunk).collect::<Result<Vec<_>, _>>().ok()?;
        let last = long.into_iter().map(chunk).chain([self.encode(&end)]);
        let last = last.collect::<Result<VecDeque<_>, _>>().ok()?;
        let fits = pieces.iter().chain(&last).all(|piece| piece.len() <= self.config.max_long());
        fits.then_some((pieces, last))
    }

    /// Joins a difference.
    ///
    /// It is right only at a replica that has what the digest said that it was computed from. That
    /// is so here, however late it comes and whatever has crashed since: the digest was ours, and
    /// left when all of it was durable. If pieces that it counted on have been dropped since, that
    /// is noticed.
    pub(super) fn merge_part(&mut self, from: ReplicaId, part: Part) -> bool {
        let Some(mut changed) = self.finish_transfer(from, part.question, part.answer) else {
            // It may be a late message with nothing missing, so this only compares.
            let ours = self.fingerprints();
            self.send(from, &Message::Compare { ours, content: None });
            return false;
        };
        let have = part.have.unwrap_or_default();
        if part.delta.is_some() {
            changed |= self.learn(part.held.len());
        }
        let mut seen = have.clone();
        for (place, group) in part.held.into_iter().enumerate() {
            let dots = group.dots();
            seen = seen.difference(&dots);
            let fresh = dots.difference(self.gossip.have());
            if !fresh.is_empty() {
                self.gossip.restore(self.now, group.clone());
                self.received.groups.push(group.clone());
                changed |= self.take_group(place, News { group, fresh });
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
