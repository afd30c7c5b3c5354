//! What waits for peers: messages, and pieces of long ones.

use rejoin_codec::EncodeError;
use rejoin_core::ReplicaId;
use rejoin_fragments::{Fragment, Receipt};
use rejoin_gossip::Time;

use super::HandleError;
use super::inner::Erased;
use crate::message::{Dated, Message, VERSION};
use crate::stats::Kind;

impl Erased<'_> {
    pub(super) fn take_fragment(
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
        let (whole, receipt) = self.arrivals(from).insert(fragment, limit);
        let admitted = whole.map(|whole| self.admit(from, &whole, limit)).transpose()?;
        self.send(from, &Message::Receipt(receipt));
        match admitted {
            None | Some(Message::Fragment(_)) => Ok(false), // nobody cuts fragments
            Some(message) => self.take_in(now, from, message),
        }
    }

    pub(super) fn take_receipt(&mut self, now: Time, from: ReplicaId, receipt: &Receipt) {
        let retry = self.retry();
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if peer.fragments.receipt(now, receipt, retry)
            && let Some(last) = peer.after.pop_front()
        {
            self.queue(from, Kind::Part, last);
        }
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
            payload if payload.len() <= self.config.max_value => match kind {
                Kind::Part => peer.fragments.push(kind, payload),
                // What an older frame brought is in a later one if it is lost.
                _ => peer.fragments.replace(kind, payload),
            },
            _ => self.stats.oversized += 1,
        }
    }

    pub(super) fn next_of_exchange(&mut self) -> Option<(ReplicaId, Kind, Vec<u8>)> {
        self.peers.iter_mut().find_map(|(to, peer)| {
            let (kind, payload) = peer.next()?;
            Some((*to, kind, payload))
        })
    }
}
