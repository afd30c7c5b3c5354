//! What a replica notices of itself: see [`observe`](crate::observe).

use core::time::Duration;

use rejoin_core::{CausalContext, Dot};

use super::Replica;
use crate::gossip::Group;
use crate::observe::{self, Health, Limits, Report};
use crate::{Replicated, Time, Written};

impl<S> Replica<S> {
    /// Takes note that the value is read now, by whoever serves reads: it is counted, and one in
    /// some is [sampled](observe::Settings::sample_every) for staleness.
    ///
    /// Without a [clock](Self::set_clock) none is sampled.
    pub fn note_read(&mut self, now: Time) {
        self.now = self.now.max(now);
        self.observer.read(self.now, self.wall(self.now));
    }

    /// The time since 1970 at this time, if there is a clock.
    pub(super) fn wall(&self, now: Time) -> Option<Duration> {
        self.started.map(|started| started + now.since_start())
    }

    /// Takes note that a delta has come into the value, of whose dots these are news.
    pub(super) fn note_news(&mut self, group: &Group<Written<S>>, fresh: &CausalContext) {
        // What is joined has the stamp of the first, and says nothing of the others if that is known.
        let first = group.seqs.first().and_then(|seqs| Dot::new(group.origin, *seqs.start()));
        let is_first = first.is_some_and(|first| fresh.contains(first));
        let stamp = group.delta.at.filter(|at| is_first && *at > 0);
        self.observer.news(self.now, self.wall(self.now), stamp, fresh.len());
    }

    /// Takes note that a difference brings these deltas, which do not say when they were made.
    pub(super) fn note_unstamped(&mut self, seen: &CausalContext) {
        let news = seen.difference(self.seen_dots()).len();
        self.observer.unknown_news(self.now, news);
    }
}

impl<S: Replicated> Replica<S> {
    /// How this replica is doing.
    ///
    /// Takes time in the number of peers and of writers, and a copy of some kilobytes. What only a
    /// driver can know, latencies and conflicts, is not in it.
    #[must_use]
    pub fn report(&self, now: Time) -> Report {
        let now = self.now.max(now);
        Report {
            id: self.id,
            peers: self.peers.len(),
            diverged: self.diverged().collect(),
            reads: self.observer.reads(),
            staleness: self.observer.staleness(now),
            lag: self.observer.lag(now),
            read_latency: None,
            write_latency: None,
            conflicts: None,
            buffered: self.buffered(),
            gaps: observe::gaps(self.gossip.have()),
            divergence_window: self.divergence_window(now),
            is_durable: self.is_durable(),
            stats: self.stats,
        }
    }

    /// What of the [report](Self::report) is over a limit.
    #[must_use]
    pub fn health(&self, now: Time, limits: &Limits) -> Health {
        self.report(now).health(limits)
    }

    fn divergence_window(&self, now: Time) -> Duration {
        if self.peers.is_empty() {
            return Duration::ZERO;
        }
        let unpublished = self.touched.then_some(self.touched_at);
        let behind = self.peers.values().filter_map(|peer| peer.behind_since);
        let oldest =
            self.gossip.oldest_unknown().into_iter().chain(unpublished).chain(behind).min();
        oldest.map_or(Duration::ZERO, |oldest| now.since(oldest))
    }
}
