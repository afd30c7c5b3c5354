//! Messages are altered, so that a replica looks as if it made mistakes.

use std::borrow::Cow;

use rejoin_core::ReplicaId;

use super::Network;
use crate::gossip::Frame;
use crate::message::{Dated, Message, VERSION};
use crate::sim::Mistake;
use crate::{Replicated, Storage, Written};

impl<S: Replicated, D: Storage> Network<S, D> {
    /// Alters what replica `index` gets.
    pub(super) fn meddle_with_received<'a>(
        &mut self,
        index: usize,
        from: ReplicaId,
        payload: &'a [u8],
    ) -> Cow<'a, [u8]> {
        let node = &mut self.nodes[index];
        if node.mistakes.is_empty() {
            return Cow::Borrowed(payload);
        }
        let Some(mut frame) = frame::<S>(payload) else { return Cow::Borrowed(payload) };
        if node.mistakes.contains(&Mistake::Echo) {
            node.echoes.entry(from).or_default().extend(frame.groups.iter().cloned());
        }
        if node.mistakes.contains(&Mistake::LateStamps) {
            let wall = node.wall.map(|wall| wall + self.now.since_start());
            let at = wall.and_then(|wall| u64::try_from(wall.as_millis()).ok());
            frame.groups.iter_mut().for_each(|group| group.delta.at = at);
        }
        if node.mistakes.contains(&Mistake::ForgetAcks) {
            frame.acks = None;
            frame.digest_ack = None;
        }
        message(frame).map_or(Cow::Borrowed(payload), Cow::Owned)
    }

    /// Alters what replica `index` sends.
    pub(super) fn meddle_with_sent(&mut self, index: usize, to: ReplicaId, payload: &mut Vec<u8>) {
        let node = &mut self.nodes[index];
        if !node.echoes.contains_key(&to) {
            return;
        }
        let Some(mut frame) = frame::<S>(payload) else { return };
        frame.groups.extend(node.echoes.remove(&to).unwrap_or_default());
        if let Some(altered) = message(frame) {
            *payload = altered;
        }
    }
}

fn frame<S: Replicated>(payload: &[u8]) -> Option<Frame<Written<S>>> {
    match rejoin_codec::open::<Dated<Message<S, S::Digest>>>(VERSION, payload)
        .map(|dated| dated.message)
    {
        Ok(Message::Gossip(frame)) => Some(*frame),
        _ => None,
    }
}

fn message<S: Replicated>(frame: Frame<Written<S>>) -> Option<Vec<u8>> {
    let message = Message::<S, S::Digest>::Gossip(Box::new(frame));
    rejoin_codec::seal(VERSION, &Dated { epoch: 0, message }).ok() // simulated replicas do not begin epochs
}
