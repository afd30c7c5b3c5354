//! The protocol: who is connected, what comes in, and what goes out.

use core::time::Duration;

use rejoin_core::ReplicaId;
use serde::Serialize;

use super::outbox::{Outbox, Waiting};
use super::{HandleError, Replica};
use crate::message::{Message, VERSION};
use crate::{CodecError, Kind, Replicated, Time, codec};

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
#[derive(Debug)]
pub(super) struct Peer {
    /// When to ask it what is new, unless it asks before.
    next_sync: Option<Time>,
    outbox: Outbox,
}

impl<S: Replicated> Replica<S> {
    /// Reports that messages can be exchanged with `peer`, or can again.
    ///
    /// Both sides report it. The one with the lower id starts a sync at once; the other one does so
    /// later, if it has heard nothing by then.
    pub fn connected(&mut self, now: Time, peer: ReplicaId) {
        if peer == self.id {
            return; // `handle` tells it as an error
        }
        self.peers.insert(peer, Peer { next_sync: None, outbox: Outbox::default() });
        self.schedule(now, peer);
        if self.id < peer {
            self.send_sync(peer);
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
        let decoded = self.admit(from, message).inspect_err(|_| self.stats.rejected += 1)?;
        let kind = decoded.kind();
        self.stats.received.record(kind, message.len());
        let changed = match decoded {
            Message::Sync { digest } => {
                self.schedule(now, from); // it has asked; no need to ask it soon
                self.send_reply(from, &digest);
                false
            }
            Message::Reply { diff, digest } => {
                self.schedule(now, from);
                let changed = diff.is_some_and(|diff| self.merge_received(diff));
                if let Some(diff) = digest.and_then(|digest| self.state.diff(&digest)) {
                    self.send(from, &Message::<S, ()>::Diff { diff });
                }
                changed
            }
            Message::Diff { diff } => self.merge_received(diff),
            Message::Delta { delta } => self.merge_received(delta),
        };
        Ok(Handled { kind, changed })
    }

    /// Does what is due: a sync with each peer that has not been heard of for an interval.
    pub fn handle_timeout(&mut self, now: Time) {
        let is_due = |peer: &Peer| peer.next_sync.is_some_and(|at| at <= now);
        let due: Vec<ReplicaId> =
            self.peers.iter().filter(|(_, peer)| is_due(peer)).map(|(id, _)| *id).collect();
        for peer in due {
            self.schedule(now, peer);
            self.send_sync(peer);
        }
    }

    /// Reads a message, and checks all that can be wrong with it.
    fn admit(&self, from: ReplicaId, message: &[u8]) -> Result<Message<S, S::Digest>, HandleError> {
        if from == self.id {
            return Err(HandleError::OwnId);
        }
        if !self.peers.contains_key(&from) {
            return Err(HandleError::NotConnected(from));
        }
        let (bytes, limit) = (message.len(), self.config.max_message);
        if bytes > limit {
            return Err(HandleError::TooLarge { bytes, limit });
        }
        let message: Message<S, S::Digest> =
            codec::decode(VERSION, message).map_err(HandleError::Decode)?;
        if let Some(news) = message.news() {
            self.state.check_fork(news, self.id).map_err(HandleError::Forked)?;
        }
        Ok(message)
    }

    /// Joins a delta, or a difference.
    ///
    /// A difference is right only at a replica that has what the digest said that it was computed
    /// from. That is so here, however late it comes and whatever has crashed since: the digest was
    /// ours, and left when all of it was durable.
    fn merge_received(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta.clone());
        if changed {
            self.touched = true;
            self.remote.merge(delta);
            self.stats.merged += 1;
        } else {
            self.stats.redundant += 1;
        }
        changed
    }

    fn send_sync(&mut self, to: ReplicaId) {
        self.send(to, &Message::<(), _>::Sync { digest: self.state.digest() });
    }

    fn send_reply(&mut self, to: ReplicaId, theirs: &S::Digest) {
        let own = self.state.digest();
        let reply = if is_same(&own, theirs) {
            Message::Reply { diff: None, digest: None }
        } else {
            Message::Reply { diff: self.state.diff(theirs), digest: Some(own) }
        };
        self.send(to, &reply);
    }

    fn send<A: Serialize, B: Serialize>(&mut self, to: ReplicaId, message: &Message<A, B>) {
        // What has changed since the last group was taken will be in the next one.
        let after = if self.touched { self.taken + 1 } else { self.taken };
        self.queue(to, message.kind(), after, codec::encode(VERSION, message));
    }

    /// Queues an edit for every connected peer.
    pub(super) fn push_delta(&mut self, after: u64, payload: Result<Vec<u8>, CodecError>) {
        let peers: Vec<ReplicaId> = self.peers.keys().copied().collect();
        for peer in peers {
            self.queue(peer, Kind::Delta, after, payload.clone());
        }
    }

    fn queue(
        &mut self,
        to: ReplicaId,
        kind: Kind,
        after: u64,
        payload: Result<Vec<u8>, CodecError>,
    ) {
        let Some(peer) = self.peers.get_mut(&to) else { return };
        match payload {
            Ok(payload) if payload.len() <= self.config.max_message => {
                let waiting = Waiting { after, payload };
                if !peer.outbox.push(kind, waiting, self.config.max_queue) {
                    self.stats.dropped += 1;
                }
            }
            Ok(_) | Err(_) => self.stats.oversized += 1,
        }
    }

    /// Puts the next sync with `peer` off to about an interval from now.
    fn schedule(&mut self, now: Time, peer: ReplicaId) {
        // Between a half and one and a half intervals, so that replicas that started together do
        // not all ask at the same moment for ever.
        let interval = self.config.sync_interval;
        let half = interval / 2;
        let jitter = half.saturating_mul(self.rng.u32(0..1024)) / 512;
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.next_sync = (interval < Duration::MAX).then_some(now + half + jitter);
        }
    }
}

impl<S> Replica<S> {
    /// Reports that `peer` cannot be reached any more, and forgets what waited for it.
    pub fn disconnected(&mut self, peer: ReplicaId) {
        self.peers.remove(&peer);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.peers.values().filter_map(|peer| peer.next_sync).min()
    }

    /// Takes the next message to be sent, or `None` if there is none that may leave yet.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        // A message may wait for a group that was never made, because the edit before it changed
        // nothing. When everything is durable, nothing has to wait.
        let durable = if self.is_durable() { u64::MAX } else { self.durable };
        for (to, peer) in &mut self.peers {
            if let Some((kind, payload)) = peer.outbox.pop(durable) {
                self.stats.sent.record(kind, payload.len());
                return Some(Transmit { to: *to, payload });
            }
        }
        None
    }
}

/// Whether two digests are the same. Then the values are: neither lacks anything of the other.
fn is_same<D: Serialize>(a: &D, b: &D) -> bool {
    match (rejoin_codec::to_vec(a), rejoin_codec::to_vec(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
