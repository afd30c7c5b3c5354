use core::fmt;

use rejoin_core::{Crdt, ReplicaId};

/// What is done with deltas, of which gossip knows nothing else: they may be values, or bytes.
pub struct Deltas<D> {
    /// How large one is, in the unit of [`GossipConfig::max_frame`](crate::GossipConfig::max_frame)
    /// and [`GossipConfig::max_log`](crate::GossipConfig::max_log).
    pub weigh: fn(&D) -> usize,
    /// The join of some deltas of one writer, in their order, or `None` if they stay apart.
    pub join: fn(ReplicaId, &mut dyn Iterator<Item = &D>) -> Option<D>,
    /// What to do with a delta of which the first part was known and the rest is kept: what it says
    /// of the first is wrong of the rest.
    pub cut: fn(&mut D),
}

impl<D: Crdt + Clone> Deltas<D> {
    /// Deltas that are values.
    #[must_use]
    pub fn new(weigh: fn(&D) -> usize) -> Self {
        let join = |_, deltas: &mut dyn Iterator<Item = &D>| {
            deltas.cloned().reduce(|mut joined, delta| {
                joined.merge(delta);
                joined
            })
        };
        Self { weigh, join, cut: |_| () }
    }
}

impl<D> Clone for Deltas<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Deltas<D> {}

impl<D> fmt::Debug for Deltas<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deltas").finish_non_exhaustive()
    }
}
