use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{CausalContext, ReplicaId};

use crate::{DeltaGroup, Deltas, GossipConfig, Time};

/// The deltas that a neighbour may lack.
pub(crate) struct Log<D> {
    /// In the order of arrival.
    segments: BTreeMap<u64, Segment<D>>,
    next: u64,
    /// Where each run of dots is: by writer and first number, its last number and its segment. No
    /// two runs overlap.
    index: BTreeMap<(ReplicaId, u64), (u64, u64)>,
    /// The dots of the segments.
    dots: CausalContext,
    weight: usize,
    deltas: Deltas<D>,
    /// How much a segment weighs at most that goes in a frame.
    max_short: usize,
    /// The heavier ones.
    long: BTreeSet<u64>,
    /// Whether deltas may be joined over gaps.
    over_gaps: bool,
    /// The first segment that has not been looked at for joining.
    young: u64,
    /// For each writer the segment to which the next old one may be joined.
    joining: BTreeMap<ReplicaId, u64>,
}

/// The join of some deltas of one writer.
struct Segment<D> {
    at: Time,
    group: DeltaGroup<D>,
    weight: usize,
}

impl<D: Clone> Log<D> {
    pub(crate) fn new(deltas: Deltas<D>, config: &GossipConfig) -> Self {
        Self {
            segments: BTreeMap::new(),
            next: 0,
            index: BTreeMap::new(),
            dots: CausalContext::new(),
            weight: 0,
            deltas,
            max_short: config.long_delta,
            long: BTreeSet::new(),
            over_gaps: config.join_over_gaps,
            young: 0,
            joining: BTreeMap::new(),
        }
    }

    /// Adds a delta none of whose dots are here.
    pub(crate) fn push(&mut self, now: Time, group: DeltaGroup<D>) {
        let weight = (self.deltas.weigh)(&group.delta);
        self.weight += weight;
        for seqs in &group.seqs {
            self.dots.insert_run(group.origin, seqs.clone());
            self.index.insert((group.origin, *seqs.start()), (*seqs.end(), self.next));
        }
        self.insert(self.next, Segment { at: now, group, weight });
        self.next += 1;
    }

    fn insert(&mut self, number: u64, segment: Segment<D>) {
        if segment.weight > self.max_short {
            self.long.insert(number);
        }
        self.segments.insert(number, segment);
    }

    /// When the oldest that is kept has come.
    pub(crate) fn oldest(&self) -> Option<Time> {
        self.segments.values().next().map(|segment| segment.at)
    }

    /// When the oldest has come of those that are not within each of these.
    pub(crate) fn oldest_outside<'a, I>(&self, known: I) -> Option<Time>
    where
        I: Iterator<Item = &'a CausalContext> + Clone,
    {
        let mut segments = self.segments.values();
        let is_outside = |segment: &&Segment<D>| {
            let dots = segment.group.dots();
            known.clone().any(|known| !known.is_superset(&dots))
        };
        segments.find(is_outside).map(|segment| segment.at)
    }

    /// The dots of the deltas that are kept.
    pub(crate) fn dots(&self) -> &CausalContext {
        &self.dots
    }

    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn deltas(&self) -> impl Iterator<Item = &D> {
        self.segments.values().map(|segment| &segment.group.delta)
    }

    /// The kept dots that arrived less than `age` ago.
    pub(crate) fn young(&self, now: Time, age: Duration) -> CausalContext {
        let mut young = CausalContext::new();
        for segment in self.segments.values().rev() {
            if now.since(segment.at) >= age {
                break;
            }
            young.join(&segment.group.dots());
        }
        young
    }

    /// The deltas of `dots`, all of which are here, but for long ones, until they weigh `limit`.
    /// Those of a writer are joined if that saves anything. A segment comes whole, so a group may
    /// be for more dots than were asked for.
    pub(crate) fn groups(&self, dots: &CausalContext, limit: usize) -> Vec<DeltaGroup<D>> {
        let (mut groups, mut weight) = (Vec::new(), 0);
        let mut taken = BTreeSet::new();
        for origin in dots.replicas() {
            let (first, before) = (groups.len(), weight);
            let runs = dots.runs_of(origin);
            let numbers = runs.flat_map(|seqs| self.overlapping(origin, seqs));
            for (_, number) in numbers {
                if weight >= limit {
                    break;
                }
                let is_taken = self.long.contains(&number) || !taken.insert(number);
                if let Some(segment) = self.segments.get(&number).filter(|_| !is_taken) {
                    weight += segment.weight;
                    groups.push(segment.group.clone());
                }
            }
            if groups.len() - first > 1
                && let Some((joined, together)) =
                    self.joined(groups[first..].iter(), weight - before, 1)
            {
                groups.truncate(first);
                groups.push(joined);
                weight = before + together;
            }
            if weight >= limit {
                break;
            }
        }
        groups
    }

    /// Whether there are long ones.
    pub(crate) fn has_long(&self) -> bool {
        !self.long.is_empty()
    }

    /// The first long one among the deltas of `dots`.
    pub(crate) fn long(&self, dots: &CausalContext) -> Option<&DeltaGroup<D>> {
        let mut long =
            self.long.iter().filter_map(|number| Some(&self.segments.get(number)?.group));
        long.find(|group| !group.dots().intersection(dots).is_empty())
    }

    /// Whether the deltas of `dots`, all of which are here, are several and weigh more than
    /// `limit`.
    pub(crate) fn outweighs(&self, dots: &CausalContext, limit: usize) -> bool {
        if self.weight <= limit {
            return false;
        }
        let (mut weight, mut last, mut count) = (0, None, 0);
        for (origin, seqs) in dots.runs() {
            for (_, number) in self.overlapping(origin, seqs) {
                // A joined segment has several runs, mostly one after the other.
                if last.replace(number) != Some(number) {
                    weight += self.segments.get(&number).map_or(0, |segment| segment.weight);
                    count += 1;
                }
                if weight > limit && count > 1 {
                    return true;
                }
            }
        }
        false
    }

    /// The runs that overlap `seqs`: where each starts, and its segment.
    fn overlapping(
        &self,
        origin: ReplicaId,
        seqs: RangeInclusive<u64>,
    ) -> impl Iterator<Item = (u64, u64)> {
        let start = *seqs.start();
        let before = self.index.range(..(origin, *seqs.start())).next_back();
        let reaches =
            move |(key, at): &(&(ReplicaId, u64), &(u64, u64))| key.0 == origin && at.0 >= start;
        let within = self.index.range((origin, *seqs.start())..=(origin, *seqs.end()));
        before.filter(reaches).into_iter().chain(within).map(|(key, at)| (key.1, at.1))
    }

    /// Drops what is entirely within `dots`.
    pub(crate) fn drop_within(&mut self, dots: &CausalContext) {
        let mut touched = BTreeSet::new();
        for (origin, seqs) in self.dots.intersection(dots).runs() {
            touched.extend(self.overlapping(origin, seqs).map(|(_, number)| number));
        }
        for number in touched {
            let segment = self.segments.get(&number);
            if segment.is_some_and(|segment| dots.is_superset(&segment.group.dots())) {
                self.remove(number);
            }
        }
    }

    /// Joins deltas of a writer that are older than `age` if that saves a quarter: what was
    /// overwritten need not be kept for those few who may lack it. Deltas that are further than
    /// `span` apart stay apart, so that they can be dropped apart; so do short and long ones, which
    /// may be on their way.
    pub(crate) fn join_old(&mut self, now: Time, age: Duration, span: Duration) {
        while let Some((&number, segment)) = self.segments.range(self.young..).next() {
            if now.since(segment.at) < age {
                break;
            }
            self.young = number + 1;
            let (origin, at) = (segment.group.origin, segment.at);
            let target = self.joining.get(&origin).and_then(|target| {
                let older = self.segments.get(target)?;
                (at.since(older.at) < span).then_some(*target)
            });
            if !target.is_some_and(|target| self.try_join(target, number)) {
                self.joining.insert(origin, number);
            }
        }
    }

    fn try_join(&mut self, target: u64, number: u64) -> bool {
        let (Some(old), Some(new)) = (self.segments.get(&target), self.segments.get(&number))
        else {
            return false;
        };
        if self.long.contains(&target) != self.long.contains(&number) {
            return false;
        }
        let apart = old.weight + new.weight;
        let Some((joined, together)) =
            self.joined([&old.group, &new.group].into_iter(), apart, apart / 4)
        else {
            return false;
        };
        let (origin, at) = (joined.origin, old.at);
        for seqs in &new.group.seqs {
            self.index.insert((origin, *seqs.start()), (*seqs.end(), target));
        }
        self.segments.remove(&number);
        self.long.remove(&number);
        self.long.remove(&target);
        self.insert(target, Segment { at, group: joined, weight: together });
        self.weight = self.weight - apart + together;
        true
    }

    /// The join of groups of one writer, which weigh that much apart, and what it weighs, if it
    /// saves that much. Otherwise they are better sent and dropped apart.
    fn joined<'a>(
        &self,
        groups: impl Iterator<Item = &'a DeltaGroup<D>> + Clone,
        apart: usize,
        saves: usize,
    ) -> Option<(DeltaGroup<D>, usize)>
    where
        D: 'a,
    {
        let origin = groups.clone().next()?.origin;
        let mut dots = CausalContext::new();
        groups.clone().for_each(|group| {
            dots.join(&group.dots());
        });
        let seqs: Vec<_> = dots.runs_of(origin).collect();
        if seqs.len() > 1 && !self.over_gaps {
            return None;
        }
        let delta = (self.deltas.join)(origin, &mut groups.map(|group| &group.delta))?;
        let together = (self.deltas.weigh)(&delta);
        let group = DeltaGroup { origin, seqs, delta };
        (together + saves.max(1) <= apart).then_some((group, together))
    }

    /// Drops the oldest until the rest weighs no more than `limit`.
    pub(crate) fn shrink(&mut self, limit: usize) {
        while self.weight > limit {
            let Some((&oldest, _)) = self.segments.first_key_value() else { break };
            self.remove(oldest);
        }
    }

    /// Drops what arrived longer than `age` ago.
    pub(crate) fn expire(&mut self, now: Time, age: Duration) {
        while let Some((&oldest, segment)) = self.segments.first_key_value()
            && now.since(segment.at) > age
        {
            self.remove(oldest);
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(Segment { group, weight, .. }) = self.segments.remove(&number) else { return };
        self.long.remove(&number);
        self.weight -= weight;
        let dots = group.dots();
        // Joined segments have joined runs, so the index may have more runs than the group.
        for seqs in &group.seqs {
            let starts: Vec<u64> =
                self.overlapping(group.origin, seqs.clone()).map(|(first, _)| first).collect();
            for first in starts {
                self.index.remove(&(group.origin, first));
            }
        }
        self.dots = self.dots.difference(&dots);
    }
}
