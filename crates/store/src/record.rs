use std::collections::BTreeMap;

use bytes::Bytes;
use rejoin_content::Encoding;
use rejoin_core::{CausalContext, ReplicaId};
use rejoin_gossip::DeltaGroup;
use serde::{Deserialize, Serialize};

use crate::delta::Delta;
use crate::notes::Notes;

/// What is made durable at once, and what a replica is opened from.
///
/// A log of records, in their order, gives back the value and the deltas that others may still
/// want. A record may be there several times in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Deltas, local and received, by the numbers under which they travel.
    pub(crate) groups: Vec<DeltaGroup<Delta>>,
    /// The encoding of differences that were received, or of a value.
    pub(crate) state: Option<Bytes>,
    /// The numbers of deltas that are in `state`.
    pub(crate) have: CausalContext,
    /// How often the value had been rewritten: in each, as others may turn out to be unreadable.
    pub(crate) epoch: u64,
    /// What layers above want to be remembered.
    pub(crate) notes: Notes,
    /// What became of differences that come in pieces, in this order.
    pub(crate) transfers: Vec<Step>,
}

/// A step of a difference that comes in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// A piece of the difference with this number has come.
    Piece { from: ReplicaId, answer: u64, bytes: Bytes },
    /// So many pieces of each of these differences are in the value from now on.
    Whole { from: ReplicaId, pieces: BTreeMap<u64, u64> },
    /// The others will not come.
    Dropped { from: ReplicaId },
}

impl Record {
    /// A record of a value, or of a part of one such as a chunk of a long snapshot: its encoding.
    #[must_use]
    pub fn of_state(state: impl Into<Bytes>) -> Self {
        Self { state: Some(state.into()), ..Self::default() }
    }

    /// Takes the pieces of differences out that are not whole yet, to be stored by themselves, each
    /// in a record of its own. What is left has to be restored after them.
    pub fn take_pieces(&mut self) -> impl Iterator<Item = Self> + use<> {
        let steps = core::mem::take(&mut self.transfers).into_iter();
        steps.map(|step| Self { transfers: vec![step], ..Self::default() })
    }

    /// Without the numbers of the deltas that are in its value, which are true only together with
    /// all that was stored before it: for a replica that lacks some of that.
    #[must_use]
    pub fn without_numbers(self) -> Self {
        Self { have: CausalContext::new(), ..self }
    }

    /// All that it adds to the value, but for pieces that have come before.
    pub(crate) fn news(&self) -> impl Iterator<Item = Encoding<'_>> {
        let state = self.state.iter().map(|state| Encoding::Part(state));
        self.groups.iter().map(|group| group.delta.encoding(group.origin)).chain(state)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
            && self.state.is_none()
            && self.have.is_empty()
            && self.epoch == 0
            && self.notes.is_empty()
            && self.transfers.is_empty()
    }
}
