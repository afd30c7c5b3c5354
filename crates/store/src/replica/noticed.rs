//! What a replica notices of itself.

use core::time::Duration;

use rejoin_core::{CausalContext, Dot, ReplicaId, WallTime};
use rejoin_gossip::{News, Time};

use super::inner::{Erased, Inner};
use crate::delta::Delta;
use crate::event::Event;

impl Erased<'_> {
    pub(super) fn divergence_window(&self, now: Time) -> Duration {
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
    pub(super) fn notice_news(&mut self, news: &News<Delta>) {
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

impl<C: ?Sized> Inner<C> {
    pub(super) fn wall_time(&self, now: Time) -> Option<WallTime> {
        let (then, shown) = self.clock?;
        Some(shown.saturating_add(now.since(then)).saturating_sub(then.since(now)))
    }
}
