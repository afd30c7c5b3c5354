//! What is missing here, and since when a neighbour may lack something.

use rejoin_core::CausalContext;

use super::Gossip;
use crate::Time;
use crate::link::Link;

impl<D: Clone> Gossip<D> {
    /// When the oldest delta came here that some neighbour is not known to have, if there is one.
    ///
    /// A neighbour that has not said yet what it has counts from when it was linked. One that lacks
    /// what is not kept any more counts from the oldest delta that was dropped meanwhile; of deltas
    /// that were never kept, it is not known how old they are.
    #[must_use]
    pub fn oldest_unknown(&self) -> Option<Time> {
        let (greeted, others) = self.links.values().partition::<Vec<_>, _>(|link| link.greeted);
        let kept = self.log.oldest_outside(greeted.iter().map(|link| link.known()));
        let silent = others.iter().map(|link| link.since).filter(|_| !self.have.is_empty());
        let shed = self.shed.filter(|_| self.is_shed_lacked());
        kept.into_iter().chain(silent).chain(shed).min()
    }

    /// Records whether the oldest delta in the log, which came then, has been dropped for lack of
    /// room.
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

impl<D> Gossip<D> {
    /// How many deltas are known to be missing here: the writer's later ones have come.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        gaps(self.have())
    }
}

/// The sequence numbers that are missing below the highest of each writer.
fn gaps(have: &CausalContext) -> u64 {
    let mut last = None;
    let mut gaps = 0;
    for (writer, seqs) in have.runs() {
        let reached = last.filter(|(before, _)| *before == writer).map_or(0, |(_, end)| end);
        gaps += seqs.start() - reached - 1;
        last = Some((writer, *seqs.end()));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use rejoin_core::ReplicaId;

    use super::*;

    #[test]
    fn gaps_are_what_is_missing_below_the_highest_of_each_writer() {
        let (one, two) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
        let mut have = CausalContext::new();
        assert_eq!(gaps(&have), 0);
        have.insert_run(one, 1..=5);
        have.insert_run(two, 1..=9);
        assert_eq!(gaps(&have), 0);
        have.insert_run(one, 8..=9);
        have.insert_run(two, 11..=12);
        have.insert_run(ReplicaId::from_u128(3), 4..=4);
        assert_eq!(gaps(&have), 2 + 1 + 3);
    }
}
