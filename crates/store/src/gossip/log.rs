use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use rejoin_core::{CausalContext, Crdt, ReplicaId};

use super::Group;
use crate::Time;

/// The deltas that a neighbour may lack.
pub(super) struct Log<D> {
    /// By writer and first number; no two overlap.
    segments: BTreeMap<(ReplicaId, u64), Segment<D>>,
    /// The dots of the segments.
    dots: CausalContext,
    /// When what arrived, as long as it is young or there.
    arrivals: VecDeque<Arrival>,
    weight: usize,
    weigh: fn(&D) -> usize,
}

struct Segment<D> {
    last: u64,
    delta: D,
}

struct Arrival {
    at: Time,
    origin: ReplicaId,
    first: u64,
    last: u64,
}

impl<D: Crdt + Clone> Log<D> {
    pub(super) fn new(weigh: fn(&D) -> usize) -> Self {
        Self {
            segments: BTreeMap::new(),
            dots: CausalContext::new(),
            arrivals: VecDeque::new(),
            weight: 0,
            weigh,
        }
    }

    /// Adds a delta none of whose dots are here.
    pub(super) fn push(&mut self, now: Time, group: Group<D>) {
        let Group { origin, seqs, delta } = group;
        let (first, last) = seqs.clone().into_inner();
        self.weight += (self.weigh)(&delta);
        self.dots.insert_run(origin, seqs);
        self.arrivals.push_back(Arrival { at: now, origin, first, last });
        self.segments.insert((origin, first), Segment { last, delta });
    }

    /// The dots of the deltas that are kept.
    pub(super) fn dots(&self) -> &CausalContext {
        &self.dots
    }

    pub(super) fn deltas(&self) -> impl Iterator<Item = &D> {
        self.segments.values().map(|segment| &segment.delta)
    }

    /// The dots that arrived less than `age` ago.
    pub(super) fn young(&self, now: Time, age: Duration) -> CausalContext {
        let mut young = CausalContext::new();
        for arrival in self.arrivals.iter().rev() {
            if now.since(arrival.at) >= age {
                break;
            }
            young.insert_run(arrival.origin, arrival.first..=arrival.last);
        }
        young
    }

    /// The deltas of `dots`, all of which are here: consecutive ones of a writer joined, until they
    /// weigh `limit`. A delta comes whole, so it may be for more dots than were asked for.
    pub(super) fn groups(&self, dots: &CausalContext, limit: usize) -> Vec<Group<D>> {
        let (mut groups, mut weight) = (Vec::<Group<D>>::new(), 0);
        for (origin, seqs) in dots.runs() {
            let before = self.segments.range(..=(origin, *seqs.start())).next_back();
            let from = match before {
                Some(((by, first), _)) if *by == origin => *first,
                _ => *seqs.start(),
            };
            for ((_, first), segment) in self.segments.range((origin, from)..=(origin, *seqs.end()))
            {
                if segment.last < *seqs.start() {
                    continue;
                }
                if weight >= limit {
                    return groups;
                }
                weight += (self.weigh)(&segment.delta);
                let delta = segment.delta.clone();
                match groups.last_mut() {
                    Some(last) if last.origin == origin && *last.seqs.end() + 1 == *first => {
                        last.delta.merge(delta);
                        last.seqs = *last.seqs.start()..=segment.last;
                    }
                    Some(last) if last.origin == origin && *last.seqs.end() >= *first => {}
                    _ => groups.push(Group { origin, seqs: *first..=segment.last, delta }),
                }
            }
        }
        groups
    }

    /// Drops what is entirely within `dots`.
    pub(super) fn drop_within(&mut self, dots: &CausalContext) {
        let gone: Vec<(ReplicaId, u64)> = self
            .dots
            .intersection(dots)
            .runs()
            .flat_map(|(origin, seqs)| {
                let end = *seqs.end();
                self.segments
                    .range((origin, *seqs.start())..=(origin, end))
                    .filter(move |(_, segment)| segment.last <= end)
                    .map(|(key, _)| *key)
            })
            .collect();
        for key in gone {
            self.remove(key);
        }
    }

    /// Drops the oldest until the rest weighs no more than `limit`.
    pub(super) fn shrink(&mut self, limit: usize) {
        while self.weight > limit {
            let Some(oldest) = self.arrivals.pop_front() else { break };
            self.remove((oldest.origin, oldest.first));
        }
    }

    /// Forgets when things arrived that are older than `age` and not here any more.
    pub(super) fn forget_times(&mut self, now: Time, age: Duration) {
        let (segments, is_young) = (&self.segments, |at| now.since(at) < age);
        let is_here = |arrival: &Arrival| segments.contains_key(&(arrival.origin, arrival.first));
        while let Some(front) = self.arrivals.front() {
            if is_young(front.at) || is_here(front) {
                break;
            }
            self.arrivals.pop_front();
        }
        // One old delta that has to stay must not keep the times of all later ones.
        if self.arrivals.len() > 2 * segments.len() + 64 {
            self.arrivals.retain(|arrival| is_young(arrival.at) || is_here(arrival));
        }
    }

    fn remove(&mut self, key: (ReplicaId, u64)) {
        let Some(segment) = self.segments.remove(&key) else { return };
        self.weight -= (self.weigh)(&segment.delta);
        let mut dots = CausalContext::new();
        dots.insert_run(key.0, key.1..=segment.last);
        self.dots = self.dots.difference(&dots);
    }
}
