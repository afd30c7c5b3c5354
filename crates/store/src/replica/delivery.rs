//! Causal delivery: a delta is seen after what its writer had seen.

use core::ops::Bound;
use std::collections::BTreeMap;

use rejoin_core::{CausalContext, ReplicaId, VersionVector};
use rejoin_gossip::{DeltaGroup, News};

use crate::replicated::Replicated;
use crate::written::Written;

/// The deltas that wait for others, in a replica that is [causal](crate::Config::causal).
///
/// What it has been given is durable and travels on; it is only not in the value yet. A difference
/// of values from a peer brings all that the peer had seen, so it is a causal step by itself; its
/// pieces are kept until the last has come.
#[derive(Debug)]
pub(super) struct Delivery<S> {
    /// The deltas in the value. Those of one writer, and what they depend on, without gaps.
    seen: CausalContext,
    /// Those that wait, by writer and first number.
    held: BTreeMap<(ReplicaId, u64), DeltaGroup<Written<S>>>,
    /// What the deltas of this replica have told so far of what it had seen.
    told: VersionVector,
    /// The pieces of a difference that have come from each peer.
    pieces: BTreeMap<ReplicaId, S>,
}

impl<S: Replicated> Delivery<S> {
    pub(super) fn new() -> Self {
        Self {
            seen: CausalContext::new(),
            held: BTreeMap::new(),
            told: VersionVector::new(),
            pieces: BTreeMap::new(),
        }
    }

    /// Lets a delta wait for its turn, which may have come.
    pub(super) fn hold(&mut self, group: DeltaGroup<Written<S>>) {
        let Some(first) = group.seqs.first().map(|seqs| *seqs.start()) else { return };
        let held = self.held.entry((group.origin, first));
        held.and_modify(|held| held.join(group.clone())).or_insert(group);
    }

    /// Takes note that these deltas are in the value.
    pub(super) fn absorb(&mut self, dots: &CausalContext) {
        self.seen.join(dots);
    }

    /// The next delta whose turn it is. It is in the value from now on.
    pub(super) fn next(&mut self) -> Option<News<Written<S>>> {
        let mut from = Bound::Unbounded;
        // What was seen otherwise is not looked at again, and only the first of each writer can be
        // next.
        while let Some((key, group)) = self.held.range((from, Bound::Unbounded)).next() {
            let key = *key;
            if self.is_ready(group) {
                let group = self.held.remove(&key)?;
                let fresh = group.dots().difference(&self.seen);
                if fresh.is_empty() {
                    continue;
                }
                self.seen.join(&fresh);
                return Some(News { group, fresh });
            }
            from = Bound::Excluded((key.0, u64::MAX));
        }
        None
    }

    fn is_ready(&self, group: &DeltaGroup<Written<S>>) -> bool {
        let clock = self.seen.clock();
        let mut reached = clock.get(group.origin);
        for seqs in &group.seqs {
            if *seqs.start() > reached.saturating_add(1) {
                return false;
            }
            reached = reached.max(*seqs.end());
        }
        clock.dominates(&group.delta.after)
    }

    /// What a delta that is made now depends on and the earlier ones of this replica, `own`, do not
    /// say.
    pub(super) fn tell(&mut self, own: ReplicaId) -> VersionVector {
        let clock = self.seen.clock();
        let news = clock.iter().filter(|(id, seq)| *id != own && self.told.get(*id) < *seq);
        let news = VersionVector::from_entries(news).unwrap_or_default();
        self.told.join(&news);
        news
    }

    /// Keeps a piece of a difference.
    pub(super) fn add_piece(&mut self, from: ReplicaId, piece: S) {
        self.pieces.entry(from).or_default().merge(piece);
    }

    /// All pieces from this peer, when the last has come.
    pub(super) fn take_pieces(&mut self, from: ReplicaId) -> Option<S> {
        self.pieces.remove(&from)
    }
}

impl<S> Delivery<S> {
    pub(super) fn seen(&self) -> &CausalContext {
        &self.seen
    }

    /// The deltas that wait, for what has to survive a crash.
    pub(super) fn held(&self) -> impl ExactSizeIterator<Item = &DeltaGroup<Written<S>>> {
        self.held.values()
    }

    /// Forgets the pieces from this peer: the rest will not come.
    pub(super) fn forget(&mut self, peer: ReplicaId) {
        self.pieces.remove(&peer);
    }
}

/// The same, with the delta borrowed.
pub(super) fn borrowed<S>(group: &DeltaGroup<Written<S>>) -> DeltaGroup<Written<&S>> {
    let Written { at, after, delta } = &group.delta;
    let delta = Written { at: *at, after: after.clone(), delta };
    DeltaGroup { origin: group.origin, seqs: group.seqs.clone(), delta }
}
