//! What waits for peers: messages, and pieces of long ones.

use rejoin_codec::EncodeError;
use rejoin_core::ReplicaId;
use rejoin_fragments::{Fragment, Receipt};
use rejoin_gossip::Time;

use super::HandleError;
use super::inner::Erased;
use super::peer::Long;
use crate::message::{Dated, Message, VERSION};
use crate::stats::Kind;

/// How many bytes of long messages wait for a peer until no further delta is added.
const MAX_BEGUN: usize = 1 << 20;

impl Erased<'_> {
    pub(super) fn take_fragment(
        &mut self,
        now: Time,
        from: ReplicaId,
        of_delta: bool,
        fragment: &Fragment,
    ) -> Result<bool, HandleError> {
        self.schedule(now, from);
        let limit = self.config.max_long();
        let bytes = usize::try_from(fragment.length).unwrap_or(usize::MAX);
        if bytes > limit || fragment.bytes.is_empty() {
            return Err(HandleError::TooLarge { bytes, limit });
        }
        let (whole, receipt) = self.arrivals(of_delta, from).insert(fragment, limit);
        let admitted = whole.map(|whole| self.admit(from, &whole, limit)).transpose();
        if admitted.is_err() {
            self.arrivals(of_delta, from).refuse(fragment.name);
        }
        let admitted = admitted?;
        self.send(from, &Message::Receipt(receipt));
        match admitted {
            None | Some(Message::Fragment { .. }) => Ok(false), // fragments are not cut
            Some(message) => self.take_in(now, from, message),
        }
    }

    pub(super) fn take_receipt(&mut self, now: Time, from: ReplicaId, receipt: &Receipt) {
        let retry = self.retry();
        let Some(peer) = self.peers.get_mut(&from) else { return };
        match peer.fragments.receipt(now, receipt, retry) {
            Some(Long::Part) if !peer.fragments.has(&Long::Part) => {
                let last = peer.after.pop_front();
                last.into_iter().for_each(|last| self.queue(from, Kind::Part, last));
            }
            // It is durable there, since nothing leaves a replica before.
            Some(Long::Delta(dots)) => self.gossip.caught_up(from, &dots),
            Some(Long::Part | Long::Latest(_)) | None => {}
        }
    }

    /// Begins to send a delta that is too long for a frame, if a peer lacks one and not much is
    /// waiting for it.
    pub(super) fn begin_long_delta(&mut self) -> bool {
        let peers = &self.peers;
        let has_room = |to| peers.get(&to).is_some_and(|peer| peer.fragments.bytes() < MAX_BEGUN);
        let Some((to, group)) = self.gossip.poll_long(has_room) else { return false };
        let dots = group.dots();
        let payload = self.encode(&Message::Delta(Box::new(group)));
        let payload = payload.ok().filter(|payload| payload.len() <= self.config.max_long());
        match (payload, self.peers.get_mut(&to)) {
            (Some(payload), Some(peer)) => {
                self.stats.carriers += 1;
                peer.fragments.push(Long::Delta(dots), payload);
            }
            _ => self.stats.oversized += 1,
        }
        true
    }

    pub(super) fn send(&mut self, to: ReplicaId, message: &Message) {
        let kind = message.kind();
        if !self.peers.contains_key(&to) {
            return;
        }
        self.stats.carriers += u64::from(message.news().next().is_some());
        match self.encode(message) {
            Ok(payload) => self.queue(to, kind, payload),
            Err(_) => self.stats.oversized += 1,
        }
    }

    /// The bytes of a message.
    pub(super) fn encode(&self, message: &Message) -> Result<Vec<u8>, EncodeError> {
        rejoin_codec::seal(VERSION, &Dated { epoch: self.epoch, message })
    }

    pub(super) fn queue(&mut self, to: ReplicaId, kind: Kind, payload: Vec<u8>) {
        let Some(peer) = self.peers.get_mut(&to) else { return };
        match payload {
            payload if payload.len() <= self.config.target().saturating_mul(2) => {
                peer.queue(kind, payload);
            }
            payload if payload.len() > self.config.max_long() => self.stats.oversized += 1,
            payload if kind == Kind::Part => peer.fragments.push(Long::Part, payload),
            // What an older frame brought is in a later one if it is lost.
            payload => peer.fragments.replace(Long::Latest(kind), payload),
        }
    }

    pub(super) fn next_of_exchange(&mut self) -> Option<(ReplicaId, Kind, Vec<u8>)> {
        self.peers.iter_mut().find_map(|(to, peer)| {
            let (kind, payload) = peer.next()?;
            Some((*to, kind, payload))
        })
    }
}
