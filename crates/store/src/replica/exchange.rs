//! The protocol: who is connected, what comes in, and what goes out.

use core::time::Duration;

use rejoin_core::{CausalContext, ReplicaId};
use rejoin_gossip::{CausalDelivery, News, Time};

use super::difference::fingerprint;
use super::peer::Peer;
use super::{HandleError, Replica};
use crate::message::{Dated, Message, VERSION};
use crate::record::Step;
use crate::replicated::Replicated;
use crate::stats::Kind;
use crate::written::Written;

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

/// A message in which nothing is wrong.
pub(super) enum Admitted<S: Replicated> {
    Message(Message<S, S::Digest>),
    /// A piece of a difference, the number of the difference, and its bytes.
    Piece(S, u64, Vec<u8>),
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
        self.number_edits();
        let next_scrub = now + self.config.scrub_interval;
        let next_scrub = (self.config.scrub_interval < Duration::MAX).then_some(next_scrub);
        self.peers.insert(peer, Peer { next_scrub, ..Peer::default() });
        // What has come from an earlier run of this node does not go on.
        self.drop_pieces(|other| *other != peer && other.node() == peer.node());
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
        self.number_edits();
        let limit = self.config.max_message;
        let epochs = (self.epoch, self.received.epoch);
        let result = self.admit(from, message, limit).and_then(|admitted| {
            let kind = match &admitted {
                Admitted::Message(message) => message.kind(),
                Admitted::Piece(..) => Kind::Part,
            };
            Ok(Handled { kind, changed: self.take_in(now, from, admitted)? })
        });
        match &result {
            Ok(handled) => self.stats.received.record(handled.kind, message.len()),
            Err(_) => {
                self.stats.rejected += 1;
                (self.epoch, self.received.epoch) = epochs;
            }
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
        self.number_edits();
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
                Some((*id, peer.fragments.next(now, length, retry)?))
            };
            let (to, fragment) = self.peers.iter_mut().find_map(next)?;
            let message = Message::<(), ()>::Fragment(fragment);
            // Neither can it fail to be encoded, nor is it longer than allowed.
            let Ok(payload) = self.encode(&message) else { continue };
            self.stats.sent.record(Kind::Fragment, payload.len());
            return Some(Transmit { to, payload });
        }
    }

    /// Reads a message, and checks all that can be wrong with it.
    pub(super) fn admit(
        &mut self,
        from: ReplicaId,
        message: &[u8],
        limit: usize,
    ) -> Result<Admitted<S>, HandleError> {
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
        let Dated { epoch, message } =
            rejoin_codec::open(VERSION, message).map_err(HandleError::Decode)?;
        let is_newcomer = epoch > self.epoch && self.is_blank();
        if epoch != self.epoch && !is_newcomer {
            return Err(HandleError::Epoch { theirs: epoch, ours: self.epoch });
        }
        let admitted = match message {
            Message::Chunk(answer, bytes) => {
                let delta = rejoin_codec::from_slice(&bytes);
                let delta: S = delta.map_err(|error| HandleError::Decode(error.into()))?;
                self.state.check_fork(&delta, self.id).map_err(HandleError::Forked)?;
                Admitted::Piece(delta, answer, bytes)
            }
            message => {
                for news in message.news() {
                    self.state.check_fork(news, self.id).map_err(HandleError::Forked)?;
                }
                Admitted::Message(message)
            }
        };
        if is_newcomer {
            self.epoch = epoch;
            self.received.epoch = epoch;
        }
        Ok(admitted)
    }

    /// Does what a message says, and returns whether the value changed.
    pub(super) fn take_in(
        &mut self,
        now: Time,
        from: ReplicaId,
        admitted: Admitted<S>,
    ) -> Result<bool, HandleError> {
        let message = match admitted {
            Admitted::Message(message) => message,
            Admitted::Piece(piece, answer, bytes) => {
                self.schedule(now, from);
                return self.take_piece(from, piece, answer, bytes);
            }
        };
        match message {
            Message::Gossip(frame) => {
                let brought = frame.groups.len();
                let all = self.gossip.handle(now, from, *frame);
                self.stats.redundant += (brought - all.len()) as u64;
                Ok(all.into_iter().fold(false, |changed, news| {
                    // Not sent to us again, if it is durable.
                    self.received.groups.push(news.group.clone());
                    changed | self.take_group(news)
                }))
            }
            Message::Compare { ours: theirs, content } => {
                self.schedule(now, from); // it has asked; no need to ask it soon
                let ours = self.fingerprints();
                if theirs == ours {
                    let own = content.map(|_| fingerprint(&self.state));
                    self.judge(from, own, content);
                    if self.transfers.clear(&from) {
                        self.received.transfers.push(Step::Dropped { from });
                    }
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
            Message::Reply { part, digest, have } => {
                self.schedule(now, from);
                let changed = part.is_some_and(|part| self.merge_part(from, part));
                if let Some(known) = digest {
                    let delta = self.state.diff(&known.digest);
                    let differs = have != fingerprint(self.gossip.have());
                    self.send_part(from, delta, differs, &known);
                }
                Ok(changed)
            }
            Message::Part(part) => {
                self.schedule(now, from);
                Ok(self.merge_part(from, part))
            }
            Message::Chunk(..) => Ok(false), // `admit` has made a piece of it
            Message::Fragment(fragment) => self.take_fragment(now, from, &fragment),
            Message::Receipt(receipt) => {
                self.schedule(now, from);
                self.take_receipt(now, from, &receipt);
                Ok(false)
            }
        }
    }

    /// Joins a delta to the value, now or when what it depends on has come.
    pub(super) fn take_group(&mut self, news: News<Written<S>>) -> bool {
        match &mut self.delivery {
            None => {
                self.notice_news(&news);
                self.apply(news.group.delta.delta)
            }
            Some(delivery) => {
                delivery.hold(news.group);
                self.deliver(&CausalContext::new())
            }
        }
    }

    /// Joins the deltas whose turn it is, now that `seen` is in the value.
    pub(super) fn deliver(&mut self, seen: &CausalContext) -> bool {
        let mut changed = false;
        if let Some(delivery) = &mut self.delivery {
            delivery.absorb(seen);
        }
        while let Some(news) = self.delivery.as_mut().and_then(CausalDelivery::next) {
            self.notice_news(&news);
            changed |= self.apply(news.group.delta.delta);
        }
        changed
    }

    pub(super) fn apply(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta);
        if changed {
            self.stats.merged += 1;
        } else {
            self.stats.redundant += 1;
        }
        changed
    }

    /// Puts the next question to `peer` off to about an interval from now.
    pub(super) fn schedule(&mut self, now: Time, peer: ReplicaId) {
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
    pub(super) fn retry(&self) -> Duration {
        self.config.pace.saturating_mul(16)
    }
}

impl<S> Replica<S> {
    /// Reports that `peer` cannot be reached any more, and forgets what waited for it.
    pub fn disconnected(&mut self, peer: ReplicaId) {
        self.peers.remove(&peer);
        self.gossip.unlink(peer);
        self.transfers.forget_if_empty(&peer);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let compare = self.peers.values().filter_map(|peer| peer.next_compare);
        if !self.is_durable() {
            return compare.min(); // all else is to be sent, and nothing may leave now
        }
        let fragments = self.peers.values().filter_map(|peer| peer.fragments.retry_at());
        let behind = self.gossip.behind().filter_map(|peer| self.peers.get(&peer));
        let syncs = behind.filter(|peer| peer.fragments.is_empty()).map(|peer| peer.next_sync);
        compare.chain(fragments).chain(syncs).chain(self.gossip.poll_timeout()).min()
    }
}
