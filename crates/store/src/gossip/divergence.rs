//! Since when a neighbour may lack something.

use rejoin_core::Crdt;

use super::{Gossip, Link};
use crate::Time;

impl<D: Crdt + Clone> Gossip<D> {
    /// When the oldest delta came here that some neighbour is not known to have, if there is one.
    ///
    /// A neighbour that has not said yet what it has counts from when it was linked. One that lacks
    /// what is not kept any more counts from the oldest delta that was dropped meanwhile; of deltas
    /// that were never kept, nobody knows how old they are.
    pub(crate) fn oldest_unknown(&self) -> Option<Time> {
        let (greeted, others) = self.links.values().partition::<Vec<_>, _>(|link| link.greeted);
        let kept = self.log.oldest_outside(greeted.iter().map(|link| link.known()));
        let silent = others.iter().map(|link| link.since).filter(|_| !self.have.is_empty());
        let shed = self.shed.filter(|_| self.is_shed_lacked());
        kept.into_iter().chain(silent).chain(shed).min()
    }

    /// Takes note if the oldest delta in the log, which came then, has been dropped for lack of room.
    pub(super) fn note_shed(&mut self, oldest: Option<Time>) {
        if self.log.oldest() != oldest {
            self.shed = self.shed.or(oldest);
        }
    }

    /// Forgets what was dropped, if nobody needs it.
    pub(super) fn forget_shed(&mut self) {
        if self.shed.is_some() && !self.is_shed_lacked() {
            self.shed = None;
        }
    }

    fn is_shed_lacked(&self) -> bool {
        let lacks = |link: &Link| {
            let missing = self.have.difference(link.known());
            link.greeted && !self.log.dots().is_superset(&missing)
        };
        self.links.values().any(lacks)
    }
}
