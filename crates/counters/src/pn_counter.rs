use rejoin_core::{
    Crdt, Decompose, Diff, Draft, Edit, ForkedId, ReplicaId, RetireError, ValueChange,
    VersionVector, Watch,
};

use crate::GCounter;

/// A counter that goes up and down.
///
/// Under concurrency every increment and every decrement counts. It is a pair of [`GCounter`]s, one
/// for each direction.
///
/// ```
/// use rejoin_counters::{Crdt, Edit, PnCounter, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let (mut here, mut there) = (PnCounter::new(), PnCounter::new());
/// here.edit(alice, |stock| stock.increment(5));
/// let sold = there.edit(bob, |stock| stock.decrement(7));
///
/// here.merge(sold);
/// assert_eq!(here.value(), -2);
/// ```
///
/// Takes 24 bytes a replica and direction. Merging is linear in the replicas of the other side. It
/// does not stay above a bound, and cannot be reset.
///
/// The methods that edit it are those of [`PnCounterCursor`].
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.1.3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PnCounter {
    up: GCounter,
    down: GCounter,
}

impl PnCounter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Increments minus decrements; at the ends of the range of `i128`, which would take 2⁶³ full
    /// replicas, it stays at the end. Computes in O(r) time for r replicas.
    #[must_use]
    pub fn value(&self) -> i128 {
        let (up, down) = (self.up.value(), self.down.value());
        if up >= down {
            i128::try_from(up - down).unwrap_or(i128::MAX)
        } else {
            i128::try_from(down - up).map_or(i128::MIN, |less| -less)
        }
    }

    /// Adds the counts of a departed replica to those of `heir`, so that counters do not grow
    /// without end as replicas come and go.
    ///
    /// The precondition is that of [`GCounter::retire`].
    ///
    /// # Errors
    ///
    /// When a count of `heir` would take more than 64 bits. Then nothing has changed.
    pub fn retire(&mut self, departed: ReplicaId, heir: ReplicaId) -> Result<(), RetireError> {
        let mut retired = self.clone();
        retired.up.retire(departed, heir)?;
        retired.down.retire(departed, heir)?;
        *self = retired;
        Ok(())
    }

    /// All increments.
    #[must_use]
    pub fn increments(&self) -> &GCounter {
        &self.up
    }

    /// All decrements.
    #[must_use]
    pub fn decrements(&self) -> &GCounter {
        &self.down
    }
}

impl Crdt for PnCounter {
    fn merge(&mut self, other: Self) -> bool {
        self.up.merge(other.up) | self.down.merge(other.down)
    }

    fn covers(&self, other: &Self) -> bool {
        self.up.covers(&other.up) && self.down.covers(&other.down)
    }

    fn is_bottom(&self) -> bool {
        self.up.is_bottom() && self.down.is_bottom()
    }
}

impl Diff for PnCounter {
    /// All entries: nothing shorter is exact.
    type Digest = (VersionVector, VersionVector);

    fn digest(&self) -> Self::Digest {
        (self.up.digest(), self.down.digest())
    }

    fn diff(&self, (up, down): &Self::Digest) -> Option<Self> {
        match (self.up.diff(up), self.down.diff(down)) {
            (None, None) => None,
            (up, down) => Some(Self { up: up.unwrap_or_default(), down: down.unwrap_or_default() }),
        }
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        self.up.check_fork(&other.up, own)?;
        self.down.check_fork(&other.down, own)
    }
}

impl Decompose for PnCounter {
    /// One part a replica and direction.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        self.up.decompose(&mut |up| visit(Self { up, ..Self::default() }));
        self.down.decompose(&mut |down| visit(Self { down, ..Self::default() }));
    }
}

impl Edit for PnCounter {
    type Cursor<'a> = PnCounterCursor<'a>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> PnCounterCursor<'a> {
        PnCounterCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, before: Self) {
        self.up.undo(&delta.up, before.up);
        self.down.undo(&delta.down, before.down);
    }
}

impl Watch for PnCounter {
    type Change = ValueChange<i128>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        let mut after = self.clone();
        after.merge(other.clone());
        ValueChange::between(self.value(), after.value()).into_iter().for_each(visit);
    }
}

/// Edits a [`PnCounter`].
#[derive(Debug)]
pub struct PnCounterCursor<'a> {
    value: &'a mut PnCounter,
    draft: Draft<'a, PnCounter>,
}

impl PnCounterCursor<'_> {
    /// Counts `by` up, and returns what this replica has counted up in all.
    ///
    /// Like [`u64::checked_add`] it returns `None` on overflow, and then nothing has changed.
    pub fn increment(&mut self, by: u64) -> Option<u64> {
        self.value.up.add(self.draft.reborrow().part(|it| &mut it.up), by)
    }

    /// Counts `by` down, and returns what this replica has counted down in all.
    ///
    /// Like [`u64::checked_add`] it returns `None` on overflow, and then nothing has changed.
    pub fn decrement(&mut self, by: u64) -> Option<u64> {
        self.value.down.add(self.draft.reborrow().part(|it| &mut it.down), by)
    }
}

impl core::ops::Deref for PnCounterCursor<'_> {
    type Target = PnCounter;

    fn deref(&self) -> &PnCounter {
        self.value
    }
}
