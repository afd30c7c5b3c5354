use core::ops::Bound;
use std::collections::BTreeMap;

use rejoin_core::{CausalContext, ReplicaId, VersionVector};

use crate::frame::DeltaGroup;
use crate::gossip::News;

/// Puts delta groups in causal order: each is delivered after all that its writer had seen.
///
/// Deltas travel as they come ([`Gossip`](crate::Gossip)). Here they wait for their turn, which
/// comes when the earlier ones of their writer have been delivered and those that they depend on.
///
/// ```
/// use rejoin_core::{ReplicaId, VersionVector};
/// use rejoin_gossip::{CausalDelivery, DeltaGroup};
///
/// let [alice, bob] = [1, 2].map(ReplicaId::from_u128);
/// let group = |origin, after: &[(ReplicaId, u64)]| DeltaGroup {
///     origin,
///     seqs: vec![1..=1],
///     delta: VersionVector::from_entries(after.iter().copied()).expect("one entry a replica"),
/// };
/// // A delta that is nothing but what it depends on.
/// let mut delivery = CausalDelivery::new(|delta: &VersionVector| delta);
/// delivery.hold(group(bob, &[(alice, 1)]));
/// assert!(delivery.next().is_none());
/// delivery.hold(group(alice, &[]));
/// assert_eq!(delivery.next().map(|news| news.group.origin), Some(alice));
/// assert_eq!(delivery.next().map(|news| news.group.origin), Some(bob));
/// ```
///
/// Memory: the groups that wait, which are as many as arrive out of order.
#[derive(Debug)]
pub struct CausalDelivery<D> {
    after: fn(&D) -> &VersionVector,
    /// The groups that have been delivered. Those of one writer, and what they depend on, without
    /// gaps.
    seen: CausalContext,
    /// Those that wait, by writer, first and last number.
    held: BTreeMap<(ReplicaId, u64, u64), DeltaGroup<D>>,
    /// What the deltas of this replica have said so far of what it had seen.
    told: VersionVector,
}

impl<D> CausalDelivery<D> {
    /// Nothing has been delivered. `after` is what a delta depends on, beyond what its writer's
    /// earlier deltas depend on.
    #[must_use]
    pub fn new(after: fn(&D) -> &VersionVector) -> Self {
        let (seen, told) = (CausalContext::new(), VersionVector::new());
        Self { after, seen, held: BTreeMap::new(), told }
    }

    /// Lets a group wait for its turn, which may have come.
    pub fn hold(&mut self, group: DeltaGroup<D>) {
        let (Some(first), Some(last)) = (group.seqs.first(), group.seqs.last()) else { return };
        self.held.insert((group.origin, *first.start(), *last.end()), group);
    }

    /// Counts these groups as delivered, because they have come by other means.
    pub fn absorb(&mut self, groups: &CausalContext) {
        self.seen.join(groups);
    }

    /// The next group whose turn it is. It counts as delivered from now on.
    #[allow(clippy::should_implement_trait, reason = "more may come after `None`")]
    pub fn next(&mut self) -> Option<News<D>> {
        let mut from = Bound::Unbounded;
        while let Some((key, group)) = self.held.range((from, Bound::Unbounded)).next() {
            let key = *key;
            if self.is_ready(group) {
                let group = self.held.remove(&key)?;
                let fresh = group.dots().difference(&self.seen);
                if fresh.is_empty() {
                    continue; // it was seen otherwise
                }
                self.seen.join(&fresh);
                return Some(News { group, fresh });
            }
            // Only those that begin where the writer's last one has ended can be next.
            let is_next = key.1 <= self.seen.clock().get(key.0).saturating_add(1);
            let last = if is_next { key } else { (key.0, u64::MAX, u64::MAX) };
            from = Bound::Excluded(last);
        }
        None
    }

    fn is_ready(&self, group: &DeltaGroup<D>) -> bool {
        let clock = self.seen.clock();
        let mut reached = clock.get(group.origin);
        for seqs in &group.seqs {
            if *seqs.start() > reached.saturating_add(1) {
                return false;
            }
            reached = reached.max(*seqs.end());
        }
        clock.dominates((self.after)(&group.delta))
    }

    /// What a delta that the replica `own` makes now depends on, and its earlier ones do not say.
    pub fn depend(&mut self, own: ReplicaId) -> VersionVector {
        let clock = self.seen.clock();
        let news = clock.iter().filter(|(id, seq)| *id != own && self.told.get(*id) < *seq);
        let news = VersionVector::from_entries(news).unwrap_or_default();
        self.told.join(&news);
        news
    }
}

impl<D> CausalDelivery<D> {
    /// The groups that have been delivered.
    #[must_use]
    pub fn seen(&self) -> &CausalContext {
        &self.seen
    }

    /// The groups that wait, in the order of their writers.
    pub fn held(&self) -> impl ExactSizeIterator<Item = &DeltaGroup<D>> {
        self.held.values()
    }
}
