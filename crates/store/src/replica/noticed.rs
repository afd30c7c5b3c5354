//! What a replica notices of itself.

use core::time::Duration;

use rejoin_core::{CausalContext, Dot, ReplicaId, WallTime};
use rejoin_gossip::{News, Time};

use super::Replica;
use crate::event::Event;
use crate::written::Written;

impl<S> Replica<S> {
    /// Keeps up to `capacity` [events](Event) for [`poll_event`](Self::poll_event): none, unless
    /// this is called. Of those that come when so many wait, only the number of writes is kept.
    pub fn set_event_capacity(&mut self, capacity: usize) {
        self.events.set_capacity(capacity);
    }

    /// Takes the next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// What the wall clock shows at this time, if there is [one](Self::set_clock).
    #[must_use]
    pub fn wall_time(&self, now: Time) -> Option<WallTime> {
        let (then, shown) = self.clock?;
        Some(shown.saturating_add(now.since(then)).saturating_sub(then.since(now)))
    }

    /// How many groups of edits are known to be missing here: the writer's later ones have come.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.gossip.gaps()
    }

    /// The age of the oldest write here that some connected peer is not known to have, edits that
    /// are not durable included; zero if there is none.
    ///
    /// A peer that has fallen behind the log counts from the oldest write that the log has dropped,
    /// or from when that was noticed. A peer that is not connected does not count.
    #[must_use]
    pub fn divergence_window(&self, now: Time) -> Duration
    where
        S: crate::Replicated,
    {
        if self.peers.is_empty() {
            return Duration::ZERO;
        }
        let unpublished = self.touched.then_some(self.touched_at);
        let behind = self.peers.values().filter_map(|peer| peer.behind_since);
        let oldest =
            self.gossip.oldest_unknown().into_iter().chain(unpublished).chain(behind).min();
        oldest.map_or(Duration::ZERO, |oldest| self.now.max(now).since(oldest))
    }

    /// A delta comes into the value.
    pub(super) fn notice_news(&mut self, news: &News<Written<S>>) {
        let News { group, fresh } = news;
        // What is joined has the stamp of the first, and says nothing of the others if that is
        // known.
        let first = group.seqs.first().and_then(|seqs| Dot::new(group.origin, *seqs.start()));
        let is_first = first.is_some_and(|first| fresh.contains(first));
        let made = group.delta.at.filter(|at| is_first && *at > WallTime::UNIX_EPOCH);
        let (now, wall) = (self.now, self.wall_time(self.now));
        let (origin, writes) = (group.origin, fresh.len());
        self.events.push(Event::Applied { now, wall, origin, made, writes }, now);
    }

    /// A difference comes that brings these deltas, which do not say when they were made.
    pub(super) fn notice_difference(&mut self, seen: &CausalContext) {
        let writes = seen.difference(self.seen_dots()).len();
        if writes > 0 {
            self.events.push(Event::Joined { now: self.now, writes }, self.now);
        }
    }

    pub(super) fn notice_behind(&mut self, peer: ReplicaId) {
        self.events.push(Event::Behind { peer }, self.now);
    }

    pub(super) fn notice_diverged(&mut self, peer: ReplicaId) {
        self.events.push(Event::Diverged { peer }, self.now);
    }
}
