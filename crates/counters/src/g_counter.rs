use rejoin_core::{
    Crdt, Decompose, Diff, Dot, Draft, Edit, ForkedId, ReplicaId, RetireError, ValueChange,
    VersionVector, Watch,
};

/// A counter that only grows.
///
/// Under concurrency every increment counts: each replica has an entry of its own, merging takes
/// the larger of two entries, and the value is their sum.
///
/// ```
/// use rejoin_counters::{Crdt, Edit, GCounter, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let (mut here, mut there) = (GCounter::new(), GCounter::new());
/// let first = here.edit(alice, |likes| likes.increment(2));
/// let second = there.edit(bob, |likes| likes.increment(3));
///
/// here.merge(second);
/// there.merge(first);
/// assert_eq!(here.value(), 5);
/// assert_eq!(here, there);
/// ```
///
/// Takes 24 bytes a replica. Merging is linear in the replicas of the other side, and the value in
/// those of this one.
///
/// It cannot be reset, and so cannot be removed from an `OrMap`: a removed and recreated entry
/// would count on from where it was.
///
/// The methods that edit it are those of [`GCounterCursor`].
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct GCounter {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced"))]
    counts: VersionVector,
}

#[cfg(feature = "serde")]
fn announced<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::GCounter", deserializer)
}

impl GCounter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The sum of all increments. Computes in O(r) time for r replicas.
    #[must_use]
    pub fn value(&self) -> u128 {
        self.counts.iter().map(|(_, count)| u128::from(count)).sum()
    }

    /// What `replica` has counted. Computes in O(log r) time.
    #[must_use]
    pub fn count(&self, replica: ReplicaId) -> u64 {
        self.counts.get(replica)
    }

    /// Who has counted how much, in ascending order of replicas.
    pub fn iter(&self) -> impl Iterator<Item = (ReplicaId, u64)> + '_ {
        self.counts.iter()
    }

    /// Adds the count of a departed replica to that of `heir`, so that counters do not grow
    /// without end as replicas come and go.
    ///
    /// **Precondition**: `departed` counts no more; every replica has all of its count when it does
    /// this; and no delta, state or difference from before is merged afterwards, nor one from
    /// afterwards before: what was handed over would count twice.
    ///
    /// # Errors
    ///
    /// When the count of `heir` would take more than 64 bits. Then nothing has changed.
    pub fn retire(&mut self, departed: ReplicaId, heir: ReplicaId) -> Result<(), RetireError> {
        if departed == heir {
            return Ok(());
        }
        let (held, count) = (self.counts.get(heir), self.counts.get(departed));
        let count = held.checked_add(count).ok_or(RetireError::Exhausted)?;
        self.counts.remove(departed);
        if let Some(entry) = Dot::new(heir, count) {
            self.counts.insert(entry);
        }
        Ok(())
    }

    /// Adds `by` to the entry of `replica`, here and in `delta`.
    #[inline]
    pub(crate) fn add(&mut self, mut draft: Draft<'_, Self>, by: u64) -> Option<u64> {
        let replica = draft.replica();
        if by == 0 {
            return Some(self.counts.get(replica));
        }
        let entry = self.counts.advance_by(replica, by)?;
        let (delta, before) = draft.both();
        if delta.counts.get(replica) == 0
            && let Some(old) = Dot::new(replica, entry.seq() - by)
        {
            before.counts.insert(old);
        }
        delta.counts.insert(entry);
        Some(entry.seq())
    }
}

impl Crdt for GCounter {
    fn merge(&mut self, other: Self) -> bool {
        self.counts.join(&other.counts)
    }

    fn covers(&self, other: &Self) -> bool {
        self.counts.dominates(&other.counts)
    }

    fn is_bottom(&self) -> bool {
        self.counts.is_empty()
    }
}

impl Diff for GCounter {
    /// All entries: nothing shorter is exact.
    type Digest = VersionVector;

    fn digest(&self) -> VersionVector {
        self.counts.clone()
    }

    fn diff(&self, peer: &VersionVector) -> Option<Self> {
        let counts: VersionVector = self
            .counts
            .iter()
            .filter(|(replica, count)| *count > peer.get(*replica))
            .filter_map(|(replica, count)| Dot::new(replica, count))
            .collect();
        (!counts.is_empty()).then_some(Self { counts })
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        ForkedId::unless_known(self.counts.get(own), Dot::new(own, other.counts.get(own)))
    }
}

impl Decompose for GCounter {
    /// One part a replica.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (replica, count) in self.counts.iter() {
            visit(Self { counts: Dot::new(replica, count).into_iter().collect() });
        }
    }
}

impl Edit for GCounter {
    type Cursor<'a> = GCounterCursor<'a>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> GCounterCursor<'a> {
        GCounterCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, before: Self) {
        for (replica, _) in delta.counts.iter() {
            self.counts.remove(replica);
        }
        self.counts.join(&before.counts);
    }
}

impl Watch for GCounter {
    type Change = ValueChange<u128>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        let mut after = self.clone();
        after.merge(other.clone());
        ValueChange::between(self.value(), after.value()).into_iter().for_each(visit);
    }
}

/// Edits a [`GCounter`].
#[derive(Debug)]
pub struct GCounterCursor<'a> {
    value: &'a mut GCounter,
    draft: Draft<'a, GCounter>,
}

impl GCounterCursor<'_> {
    /// Counts `by` more, and returns what this replica has counted in all.
    ///
    /// Like [`u64::checked_add`] it returns `None` on overflow, and then nothing has changed: a
    /// single replica can count to `u64::MAX`, the counter as a whole further.
    #[inline]
    pub fn increment(&mut self, by: u64) -> Option<u64> {
        self.value.add(self.draft.reborrow(), by)
    }
}

impl core::ops::Deref for GCounterCursor<'_> {
    type Target = GCounter;

    fn deref(&self) -> &GCounter {
        self.value
    }
}
