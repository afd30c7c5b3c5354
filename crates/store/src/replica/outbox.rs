use std::collections::VecDeque;

use crate::Kind;

/// The messages that wait for one peer; bounded, because state exchange heals what is left out.
///
/// Of the three messages of a sync there is at most one each, the newest: it says what the older
/// one said, and more. Deltas queue up to a number of bytes; beyond it they are dropped.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    exchange: [Option<Waiting>; 3],
    deltas: VecDeque<Waiting>,
    delta_bytes: usize,
}

/// A message that may leave once this group is durable.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) after: u64,
    pub(super) payload: Vec<u8>,
}

impl Outbox {
    /// Queues a message, and returns whether there was room for it.
    ///
    /// A message of a sync takes the place of an older one of its kind.
    pub(super) fn push(&mut self, kind: Kind, waiting: Waiting, limit: usize) -> bool {
        match kind {
            Kind::Sync => self.exchange[0] = Some(waiting),
            Kind::Reply => self.exchange[1] = Some(waiting),
            Kind::Diff => self.exchange[2] = Some(waiting),
            Kind::Delta => {
                let bytes = self.delta_bytes.saturating_add(waiting.payload.len());
                if bytes > limit {
                    return false;
                }
                self.delta_bytes = bytes;
                self.deltas.push_back(waiting);
            }
        }
        true
    }

    /// Takes the next message that has to wait for no group beyond `durable`.
    pub(super) fn pop(&mut self, durable: u64) -> Option<(Kind, Vec<u8>)> {
        let kinds = [Kind::Sync, Kind::Reply, Kind::Diff];
        for (kind, slot) in kinds.into_iter().zip(&mut self.exchange) {
            if let Some(waiting) = slot.take_if(|waiting| waiting.after <= durable) {
                return Some((kind, waiting.payload));
            }
        }
        // In the order of groups, so the first is the one that waits for the least.
        if self.deltas.front()?.after > durable {
            return None;
        }
        let waiting = self.deltas.pop_front()?;
        self.delta_bytes -= waiting.payload.len();
        Some((Kind::Delta, waiting.payload))
    }
}
