use std::collections::BTreeMap;

use rejoin_core::{CausalContext, Crdt, ReplicaId};
use rejoin_gossip::DeltaGroup;
use serde::{Deserialize, Serialize};

use crate::notes::Notes;
use crate::written::Written;

/// What is made durable at once, and what a replica is opened from.
///
/// A log of records, in their order, gives back the value and the deltas that others may still
/// want. A record may be there several times in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<S> {
    /// Deltas, local and received, by the numbers under which they travel.
    pub(crate) groups: Vec<DeltaGroup<Written<S>>>,
    /// Differences that were received, or a whole value.
    pub(crate) state: Option<S>,
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
    Piece {
        from: ReplicaId,
        answer: u64,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// So many pieces of each of these differences are in the value from now on.
    Whole { from: ReplicaId, pieces: BTreeMap<u64, u64> },
    /// The others will not come.
    Dropped { from: ReplicaId },
}

impl<S> Record<S> {
    pub(crate) fn new() -> Self {
        Self {
            groups: Vec::new(),
            state: None,
            have: CausalContext::new(),
            epoch: 0,
            notes: Notes::default(),
            transfers: Vec::new(),
        }
    }

    /// A whole value and the deltas that are in it, and others that are not.
    pub(crate) fn snapshot(
        epoch: u64,
        groups: Vec<DeltaGroup<Written<S>>>,
        state: S,
        have: CausalContext,
        notes: Notes,
        transfers: Vec<Step>,
    ) -> Self {
        Self { groups, state: Some(state), have, epoch, notes, transfers }
    }

    /// A record of a part of a value, such as a chunk of a long snapshot.
    #[must_use]
    pub fn of_state(state: S) -> Self {
        Self { state: Some(state), ..Self::new() }
    }

    /// Takes the value out, to be stored by itself: in chunks, say. What is left has to be restored
    /// after it.
    pub fn take_state(&mut self) -> Option<S> {
        self.state.take()
    }

    /// Takes the pieces of differences out that are not whole yet, to be stored by themselves, each
    /// in a record of its own. What is left has to be restored after them.
    pub fn take_pieces(&mut self) -> impl Iterator<Item = Self> + use<S> {
        let steps = core::mem::take(&mut self.transfers).into_iter();
        steps.map(|step| Self { transfers: vec![step], ..Self::new() })
    }

    /// Without the numbers of the deltas that are in its value, which are true only together with
    /// all that was stored before it: for a replica that lacks some of that.
    #[must_use]
    pub fn without_numbers(self) -> Self {
        Self { have: CausalContext::new(), ..self }
    }

    /// All that it adds to the value, but for pieces that have come before.
    pub fn deltas(&self) -> impl Iterator<Item = &S> {
        self.groups.iter().map(|group| &group.delta.delta).chain(&self.state)
    }

    /// Adds a difference in which these deltas are.
    pub(crate) fn add_state(&mut self, delta: S, have: &CausalContext)
    where
        S: Crdt,
    {
        self.have.join(have);
        match &mut self.state {
            Some(state) => {
                state.merge(delta);
            }
            state @ None => *state = Some(delta),
        }
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
