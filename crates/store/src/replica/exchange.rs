//! The protocol: who is connected, what comes in, and what goes out.

use core::time::Duration;

use rejoin_content::fingerprint;
use rejoin_core::{CausalContext, ReplicaId};
use rejoin_gossip::{CausalDelivery, News, Time};

use super::HandleError;
use super::inner::Erased;
use super::peer::{Long, Peer};
use crate::delta::Delta;
use crate::message::{Dated, Message, VERSION};
use crate::stats::Kind;

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

impl Erased<'_> {
    pub(super) fn connected(&mut self, now: Time, peer: ReplicaId) {
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
                let ours = self.fingerprints();
                self.send(peer, &Message::Compare { ours, content: None });
            }
        }
    }

    pub(super) fn handle(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: &[u8],
    ) -> Result<Handled, HandleError> {
        self.now = self.now.max(now);
        self.number_edits();
        let limit = self.config.max_message;
        let epochs = (self.epoch, self.received.epoch);
        let result = self.admit(from, message, limit).and_then(|message| {
            Ok(Handled { kind: message.kind(), changed: self.take_in(now, from, message)? })
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

    pub(super) fn handle_timeout(&mut self, now: Time) {
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
            self.send(id, &Message::Compare { ours, content });
        }
    }

    pub(super) fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
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
                self.send(to, &Message::Gossip(Box::new(frame)));
                continue;
            }
            if self.begin_syncs_of_those_behind(now) || self.begin_long_delta() {
                continue;
            }
            let (length, retry) = (self.config.target(), self.retry());
            let next = |(id, peer): (&ReplicaId, &mut Peer)| {
                let (long, fragment) = peer.fragments.next(now, length, retry)?;
                Some((*id, matches!(long, Long::Delta(_)), fragment))
            };
            let (to, of_delta, fragment) = self.peers.iter_mut().find_map(next)?;
            // Neither can it fail to be encoded, nor does it go in fragments itself.
            let message = Message::Fragment { of_delta, fragment };
            let Ok(payload) = self.encode(&message) else { continue };
            self.stats.sent.record(Kind::Fragment, payload.len());
            return Some(Transmit { to, payload });
        }
    }

    /// Reads a message and what is in it, and checks all that can be wrong with it.
    pub(super) fn admit(
        &mut self,
        from: ReplicaId,
        message: &[u8],
        limit: usize,
    ) -> Result<Message, HandleError> {
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
        let Dated::<Message> { epoch, message } =
            rejoin_codec::open(VERSION, message).map_err(HandleError::Decode)?;
        let is_newcomer = epoch > self.epoch && self.is_blank();
        if epoch != self.epoch && !is_newcomer {
            return Err(HandleError::Epoch { theirs: epoch, ours: self.epoch });
        }
        self.content.read(self.id, &mut message.news()).map_err(HandleError::from)?;
        if let Some(digest) = message.digest() {
            let checked = self.content.check_digest(digest);
            checked.map_err(|error| HandleError::Decode(error.into()))?;
        }
        if is_newcomer {
            self.epoch = epoch;
            self.received.epoch = epoch;
        }
        Ok(message)
    }

    /// Does what the message says that was [admitted](Self::admit) last, and returns whether the
    /// value changed.
    pub(super) fn take_in(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: Message,
    ) -> Result<bool, HandleError> {
        match message {
            Message::Gossip(frame) => {
                let brought = frame.groups.len();
                let all = self.gossip.handle(now, from, *frame);
                Ok(self.take_news(brought, all))
            }
            Message::Delta(group) => {
                let news = self.gossip.handle_long(now, from, *group);
                Ok(self.take_news(1, news.map(|news| (0, news)).into_iter().collect()))
            }
            Message::Compare { ours: theirs, content } => {
                self.schedule(now, from); // it has asked; no need to ask it soon
                let ours = self.fingerprints();
                if theirs == ours {
                    let own = content.map(|_| self.content.fingerprint());
                    self.judge(from, own, content);
                    if self.transfers.messages(&from).next().is_some() {
                        self.drop_pieces(|other| *other == from); // all that they say has come
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
                    let difference = self.diff(&known);
                    let differs = have != fingerprint(self.gossip.have());
                    self.send_difference(from, difference, differs, &known);
                }
                Ok(changed)
            }
            Message::Part(part) => {
                self.schedule(now, from);
                Ok(self.merge_part(from, part))
            }
            Message::Chunk(answer, piece) => {
                self.schedule(now, from);
                self.take_piece(from, answer, piece)
            }
            Message::Fragment { of_delta, fragment } => {
                self.take_fragment(now, from, of_delta, &fragment)
            }
            Message::Receipt(receipt) => {
                self.schedule(now, from);
                self.take_receipt(now, from, &receipt);
                Ok(false)
            }
        }
    }

    /// Takes in what is news of the deltas that a message has brought, and returns whether the
    /// value changed.
    fn take_news(&mut self, brought: usize, all: Vec<(usize, News<Delta>)>) -> bool {
        self.stats.redundant += (brought - all.len()) as u64;
        all.into_iter().fold(false, |changed, (place, news)| {
            // Not sent to us again, if it is durable.
            self.received.groups.push(news.group.clone());
            changed | self.take_group(place, news)
        })
    }

    /// Joins what was read, by its place, and no delta brings.
    pub(super) fn learn(&mut self, place: usize) -> bool {
        let changed = self.content.learn(place);
        self.count_merge(changed)
    }

    /// Whether nothing was ever written or seen here.
    fn is_blank(&self) -> bool {
        self.gossip.have().is_empty() && !self.touched && self.content.is_bottom()
    }

    /// Joins a delta that was read, by its place, to the value: now, or when what it depends on has
    /// come.
    pub(super) fn take_group(&mut self, place: usize, news: News<Delta>) -> bool {
        match &mut self.delivery {
            None => {
                self.notice_news(&news);
                let changed = self.content.apply(place);
                self.count_merge(changed)
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
            let merged = self.content.merge(news.group.delta.encoding(news.group.origin));
            changed |= self.count_merge(merged);
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

    pub(super) fn poll_timeout(&self) -> Option<Time> {
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
