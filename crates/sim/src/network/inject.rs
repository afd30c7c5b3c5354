//! Messages are altered, so that a replica looks as if it made mistakes.

use std::borrow::Cow;

use rejoin_core::ReplicaId;
use rejoin_durable::Storage;
use rejoin_store::{Replicated, alter_frame};

use super::Network;
use crate::mistake::Mistake;

impl<S: Replicated, D: Storage> Network<S, D> {
    /// Alters what replica `index` gets.
    pub(super) fn inject_into_received<'a>(
        &mut self,
        index: usize,
        from: ReplicaId,
        payload: &'a [u8],
    ) -> Cow<'a, [u8]> {
        let (now, node) = (self.now, &mut self.nodes[index]);
        if node.mistakes.is_empty() {
            return Cow::Borrowed(payload);
        }
        let altered = alter_frame(payload, |frame| {
            if node.mistakes.contains(&Mistake::Echo) {
                node.echoes.entry(from).or_default().extend(frame.groups.iter().cloned());
            }
            if node.mistakes.contains(&Mistake::LateStamps) {
                let at = node.wall_time(now);
                frame.groups.iter_mut().for_each(|group| group.delta.at = at);
            }
            if node.mistakes.contains(&Mistake::ForgetAcks) {
                frame.acks = None;
                frame.digest_ack = None;
            }
        });
        altered.map_or(Cow::Borrowed(payload), Cow::Owned)
    }

    /// Alters what replica `index` sends.
    pub(super) fn inject_into_sent(&mut self, index: usize, to: ReplicaId, payload: &mut Vec<u8>) {
        let node = &mut self.nodes[index];
        if !node.echoes.contains_key(&to) {
            return;
        }
        let altered = alter_frame(payload, |frame| {
            frame.groups.extend(node.echoes.remove(&to).unwrap_or_default());
        });
        if let Some(altered) = altered {
            *payload = altered;
        }
    }
}
