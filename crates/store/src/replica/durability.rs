//! What a replica has to remember, and what it is opened from.

use core::mem;

use rejoin_core::CausalContext;
use rejoin_gossip::CausalDelivery;

use super::Replica;
use crate::record::{Record, Step};
use crate::replicated::Replicated;
use crate::written::borrowed;

/// What has changed since the last time that this was taken: the unit of durability.
#[derive(Clone, Debug)]
#[must_use = "its edits are sent only after `persisted` has been called with its number"]
pub struct Pending<S> {
    /// Counts from 1, for [`Replica::persisted`].
    pub number: u64,
    /// Local edits and what was received.
    pub record: Record<S>,
}

impl<S: Replicated> Replica<S> {
    /// Takes in a record that is durable, before any peer is connected.
    pub fn restore(&mut self, record: Record<S>) {
        for group in record.groups {
            self.gossip.restore(self.now, group.clone());
            match &mut self.delivery {
                None => {
                    self.state.merge(group.delta.delta);
                }
                Some(delivery) => delivery.hold(group),
            }
        }
        let mut is_whole = true;
        for step in record.transfers {
            is_whole &= self.restore_transfer(step);
        }
        // What came with pieces that are missing is a part of an edit.
        let (state, have) =
            if is_whole { (record.state, record.have) } else { (None, CausalContext::new()) };
        if let Some(state) = state {
            self.state.merge(state);
        }
        self.gossip.absorb(&have);
        self.epoch = self.epoch.max(record.epoch);
        self.notes.merge(record.notes);
        if let Some(delivery) = &mut self.delivery {
            delivery.absorb(&have);
            while let Some(news) = delivery.next() {
                self.state.merge(news.group.delta.delta);
            }
        }
    }

    /// A record of everything, which stands for all records until now.
    #[must_use]
    pub fn snapshot(&self) -> Record<&S> {
        let held = self.delivery.iter().flat_map(CausalDelivery::held);
        let pieces = self.transfers.iter();
        let piece = |(from, answer, bytes): (_, _, &[u8])| Step::Piece {
            from,
            answer,
            bytes: bytes.to_vec(),
        };
        Record::snapshot(
            self.epoch,
            held.map(borrowed).collect(),
            &self.state,
            self.seen_dots().clone(),
            self.notes.clone(),
            pieces.map(piece).collect(),
        )
    }

    /// Takes what has changed since the last group, to be made durable, or `None` if nothing has.
    ///
    /// The caller keeps the group until it is durable, and then calls
    /// [`persisted`](Self::persisted). Further groups may be taken before.
    pub fn pending(&mut self) -> Option<Pending<S>> {
        self.number_edits();
        if self.received.is_empty() {
            return None; // edits that changed nothing
        }
        self.taken += 1;
        let record = Record { epoch: self.epoch, ..mem::take(&mut self.received) };
        Some(Pending { number: self.taken, record })
    }

    /// Reports that the group with this number, and all before it, are durable.
    ///
    /// Messages leave when all are.
    pub fn persisted(&mut self, number: u64) {
        self.durable = self.durable.max(number.min(self.taken));
    }
}
