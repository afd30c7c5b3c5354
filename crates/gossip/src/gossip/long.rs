//! Deltas that are too long for frames.

use rejoin_core::ReplicaId;

use super::{Gossip, News};
use crate::{DeltaGroup, Time};

impl<D: Clone> Gossip<D> {
    /// The next delta that is heavier than [`GossipConfig::long_delta`](crate::GossipConfig), and
    /// the neighbour that lacks it, which has room for it.
    ///
    /// The caller brings it there, however often it gets lost, until the neighbour has made durable
    /// what its [`handle_long`](Self::handle_long) returned, and then calls
    /// [`caught_up`](Self::caught_up) with its dots. It is handed out once, or once more if the
    /// neighbour starts over.
    pub fn poll_long(
        &mut self,
        has_room: impl Fn(ReplicaId) -> bool,
    ) -> Option<(ReplicaId, DeltaGroup<D>)> {
        if !self.log.has_long() {
            return None; // as mostly, so that nothing is compared
        }
        let mut links = self.links.iter_mut().filter(|(peer, _)| has_room(**peer));
        links.find_map(|(peer, link)| Some((*peer, link.next_long(&self.have, &self.log)?)))
    }

    /// Takes in a delta that came outside of a frame, and returns it if it is news.
    ///
    /// One that comes from someone who is no neighbour is dropped.
    pub fn handle_long(
        &mut self,
        now: Time,
        from: ReplicaId,
        group: DeltaGroup<D>,
    ) -> Option<News<D>> {
        self.links.get_mut(&from)?.learn(&group.dots());
        self.droppable = true;
        let fresh = self.take_in(now, &group);
        self.judge(now, from, group.origin, fresh.is_some());
        for link in self.links.values_mut() {
            link.check_heard(&self.have);
        }
        Some(News { group, fresh: fresh? })
    }
}
