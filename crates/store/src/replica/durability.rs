//! What a replica has to remember, and what it is opened from.

use core::mem;

use rejoin_codec::{DecodeError, EncodeError};
use rejoin_core::CausalContext;
use rejoin_gossip::{CausalDelivery, DeltaGroup};

use super::inner::{Erased, Inner};
use crate::delta::Delta;
use crate::record::{Record, Step};

/// What has changed since the last time that this was taken: the unit of durability.
#[derive(Clone, Debug)]
#[must_use = "its edits are sent only after `persisted` has been called with its number"]
pub struct Pending {
    /// Counts from 1, for [`Replica::persisted`](crate::Replica::persisted).
    pub number: u64,
    /// Local edits and what was received.
    pub record: Record,
}

impl Erased<'_> {
    pub(super) fn restore(&mut self, record: Record) -> Result<(), DecodeError> {
        self.content.read_stored(&mut record.news())?;
        let deltas = record.groups.len();
        for (place, group) in record.groups.into_iter().enumerate() {
            self.gossip.restore(self.now, group.clone());
            match &mut self.delivery {
                None => {
                    self.content.apply(place);
                }
                Some(delivery) => delivery.hold(group),
            }
        }
        let mut is_whole = true;
        for step in record.transfers {
            is_whole &= self.restore_transfer(step);
        }
        // What came with pieces that are missing is a part of an edit.
        let have = if is_whole { record.have } else { CausalContext::new() };
        if is_whole {
            self.content.apply(deltas);
        }
        self.gossip.absorb(&have);
        self.epoch = self.epoch.max(record.epoch);
        self.notes.merge(record.notes);
        if let Some(delivery) = &mut self.delivery {
            delivery.absorb(&have);
            while let Some(news) = delivery.next() {
                self.content.merge(news.group.delta.encoding(news.group.origin));
            }
        }
        Ok(())
    }

    pub(super) fn pending(&mut self) -> Result<Option<Pending>, EncodeError> {
        self.number_edits();
        if let Some(learned) = self.content.take_learned()? {
            self.received.state = Some(learned.into());
        }
        if self.received.is_empty() {
            return Ok(None); // edits that changed nothing
        }
        self.taken += 1;
        let record = Record { epoch: self.epoch, ..mem::take(&mut self.received) };
        Ok(Some(Pending { number: self.taken, record }))
    }

    pub(super) fn is_durable(&self) -> bool {
        !self.touched
            && !self.content.has_learned()
            && self.received.is_empty()
            && self.durable == self.taken
    }

    /// Gives the edits since the last time a number, so that what is told of the value and what is
    /// told of the numbers go together.
    pub(super) fn number_edits(&mut self) {
        if mem::take(&mut self.touched)
            && let Some(delta) = self.content.edits(self.id)
        {
            self.publish(delta);
        }
    }

    /// Gives the edits, of which this is the encoding, the next number, under which they travel.
    fn publish(&mut self, delta: Vec<u8>) {
        let Some(seq) = self.gossip.have().max(self.id).checked_add(1) else {
            // A peer has claimed that this replica gave the last number. So this has none, and
            // peers, who turn out to lack it, get it as a difference.
            self.content.learn_edits();
            return;
        };
        let after = self.delivery.as_mut().map(|delivery| delivery.depend(self.id));
        let at = self.wall_time(self.touched_at);
        let delta = Delta { at, after: after.unwrap_or_default(), bytes: delta.into() };
        let group = DeltaGroup { origin: self.id, seqs: vec![seq..=seq], delta };
        if let Some(delivery) = &mut self.delivery {
            delivery.absorb(&group.dots());
        }
        self.gossip.restore(self.now, group.clone());
        self.received.groups.push(group);
        self.content.forget_edits();
    }
}

impl<C: ?Sized> Inner<C> {
    pub(super) fn snapshot(&self) -> Record {
        let held = self.delivery.iter().flat_map(CausalDelivery::held);
        let piece = |(from, answer, bytes): (_, _, &bytes::Bytes)| Step::Piece {
            from,
            answer,
            bytes: bytes.clone(),
        };
        Record {
            groups: held.cloned().collect(),
            state: None,
            have: self.seen_dots().clone(),
            epoch: self.epoch,
            notes: self.notes.clone(),
            transfers: self.transfers.iter().map(piece).collect(),
        }
    }
}
