mod retire;
mod spend_error;
#[cfg(feature = "serde")]
mod wire;

use alloc::collections::{BTreeMap, BTreeSet};

use rejoin_core::{
    Crdt, Decompose, Diff, Dot, Draft, Edit, ForkedId, NodeId, ReplicaId, ValueChange, Watch,
};

pub use self::spend_error::SpendError;

/// A counter that never falls below zero, without coordination.
///
/// Counting up gives the writer the right to count as much down again. A replica spends only rights
/// that it holds, and can transfer them to another: an escrow. So whatever is concurrent, all
/// decrements together stay within all increments.
///
/// ```
/// use rejoin_counters::{BoundedCounter, Crdt, Edit, ReplicaId, SpendError};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = BoundedCounter::new();
/// here.edit(alice, |tickets| {
///     tickets.increment(10);
///     tickets.transfer(bob.node(), 4).expect("ten to give")
/// });
/// let mut there = here.clone();
///
/// // Both sell at the same time, each from its own share.
/// here.edit(alice, |tickets| tickets.decrement(6).expect("six left"));
/// there.edit(bob, |tickets| {
///     assert_eq!(tickets.decrement(5), Err(SpendError::Insufficient { available: 4 }));
///     tickets.decrement(4).expect("four given")
/// });
/// here.merge(there);
/// assert_eq!(here.value(), 0);
/// ```
///
/// Rights belong to a [node](NodeId), in all of its runs: a process that starts again under a fresh
/// [`ReplicaId`] has the rights that it had. A disk that was copied, or restored from a backup,
/// would give them twice; when such a replica hears of what its node spent elsewhere,
/// [`check_fork`](Diff::check_fork) says so, and where all has been received the value is negative.
///
/// For another bound keep the difference outside: `value() + bound`. A decrement can be refused
/// although the value is large enough, when the rights are elsewhere; [`available`] tells how much
/// a replica may spend.
///
/// Takes space for each replica, and for each replica and node to which it has transferred rights.
/// The value and `available` are linear in these, edits too.
///
/// [`available`]: BoundedCounter::available
///
/// The methods that edit it are those of [`BoundedCounterCursor`].
///
/// Source: Balegas et al., *Extending eventually consistent cloud databases for enforcing numeric
/// invariants* (SRDS 2015); O'Neil, *The escrow transactional method* (1986).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BoundedCounter {
    // Entries only grow, and none is 0.
    /// What each replica has counted up, in all.
    made: BTreeMap<ReplicaId, u64>,
    /// Rights that a replica has given to another node, in all.
    given: BTreeMap<(ReplicaId, NodeId), u64>,
    /// What each replica has counted down, in all.
    spent: BTreeMap<ReplicaId, u64>,
}

impl BoundedCounter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Increments minus decrements, of those received so far.
    ///
    /// It is negative where decrements have been received and the increments before them not yet.
    /// Where all has been received it is negative only if rights were spent twice, by two replicas
    /// that edited for one node.
    #[must_use]
    pub fn value(&self) -> i128 {
        let sum = |entries: &BTreeMap<ReplicaId, u64>| -> i128 {
            entries.values().copied().map(i128::from).sum()
        };
        sum(&self.made) - sum(&self.spent) // each takes 64 bits, and those of a length in memory
    }

    /// How much `node` may count down or transfer, as far as is known here. At that node this is
    /// exact, but for transfers on their way to it.
    #[must_use]
    pub fn available(&self, node: NodeId) -> u128 {
        let own = |entries: &BTreeMap<ReplicaId, u64>| -> u128 {
            let own = entries.iter().filter(|(by, _)| by.node() == node);
            own.map(|(_, count)| u128::from(*count)).sum()
        };
        let (mut held, mut gone) = (own(&self.made), own(&self.spent));
        for ((from, to), count) in &self.given {
            if *to == node {
                held += u128::from(*count);
            } else if from.node() == node {
                gone += u128::from(*count);
            }
        }
        held.saturating_sub(gone) // who has spent too much may spend nothing
    }

    /// Who has counted or transferred, in ascending order. Computes in O(p log r) time.
    pub fn writers(&self) -> impl Iterator<Item = ReplicaId> + use<> {
        let givers = self.given.keys().map(|(from, _)| from);
        let writers = self.made.keys().chain(givers).chain(self.spent.keys());
        writers.copied().collect::<BTreeSet<_>>().into_iter()
    }
}

/// What is under `key`.
fn at<K: Ord>(entries: &BTreeMap<K, u64>, key: K) -> u64 {
    entries.get(&key).copied().unwrap_or(0)
}

/// Raises `entries` to those of `other`, and returns whether any grew.
fn raise<K: Ord>(
    entries: &mut BTreeMap<K, u64>,
    other: impl IntoIterator<Item = (K, u64)>,
) -> bool {
    let mut changed = false;
    for (key, count) in other {
        let mine = entries.entry(key).or_insert(0);
        changed |= count > *mine;
        *mine = count.max(*mine);
    }
    changed
}

/// Raises an entry, in the delta too, and keeps what it was before the edit.
fn write<K: Ord + Copy>(
    entries: &mut BTreeMap<K, u64>,
    delta: &mut BTreeMap<K, u64>,
    before: &mut BTreeMap<K, u64>,
    key: K,
    count: u64,
) {
    let old = entries.insert(key, count);
    if delta.insert(key, count).is_none()
        && let Some(old) = old
    {
        before.insert(key, old);
    }
}

/// The entries that are larger than in `peer`.
fn larger<K: Ord + Copy>(entries: &BTreeMap<K, u64>, peer: &BTreeMap<K, u64>) -> BTreeMap<K, u64> {
    let is_larger = |(key, count): &(&K, &u64)| *count > peer.get(key).unwrap_or(&0);
    entries.iter().filter(is_larger).map(|(key, count)| (*key, *count)).collect()
}

impl Crdt for BoundedCounter {
    fn merge(&mut self, other: Self) -> bool {
        raise(&mut self.made, other.made)
            | raise(&mut self.given, other.given)
            | raise(&mut self.spent, other.spent)
    }

    fn covers(&self, other: &Self) -> bool {
        larger(&other.made, &self.made).is_empty()
            && larger(&other.given, &self.given).is_empty()
            && larger(&other.spent, &self.spent).is_empty()
    }

    fn is_bottom(&self) -> bool {
        self.made.is_empty() && self.given.is_empty() && self.spent.is_empty()
    }
}

impl Diff for BoundedCounter {
    /// All entries: nothing shorter is exact.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        let missing = Self {
            made: larger(&self.made, &peer.made),
            given: larger(&self.given, &peer.given),
            spent: larger(&self.spent, &peer.spent),
        };
        (missing != Self::default()).then_some(missing)
    }

    /// Two that edit for one node would both spend the same rights, so that the counter falls below
    /// zero.
    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        let is_own = |by: &ReplicaId| by.node() == own.node();
        for (ours, theirs) in [(&self.made, &other.made), (&self.spent, &other.spent)] {
            for (by, count) in theirs.iter().filter(|(by, _)| is_own(by)) {
                ForkedId::unless_known(at(ours, *by), Dot::new(*by, *count))?;
            }
        }
        for (pair, count) in other.given.iter().filter(|((from, _), _)| is_own(from)) {
            ForkedId::unless_known(at(&self.given, *pair), Dot::new(pair.0, *count))?;
        }
        Ok(())
    }
}

impl Decompose for BoundedCounter {
    /// One part an entry.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (replica, count) in &self.made {
            visit(Self { made: [(*replica, *count)].into(), ..Self::default() });
        }
        for (pair, count) in &self.given {
            visit(Self { given: [(*pair, *count)].into(), ..Self::default() });
        }
        for (replica, count) in &self.spent {
            visit(Self { spent: [(*replica, *count)].into(), ..Self::default() });
        }
    }
}

impl Edit for BoundedCounter {
    type Cursor<'a> = BoundedCounterCursor<'a>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> BoundedCounterCursor<'a> {
        BoundedCounterCursor { value: self, draft }
    }

    fn undo(&mut self, delta: &Self, mut before: Self) {
        self.made.retain(|replica, _| !delta.made.contains_key(replica));
        self.made.append(&mut before.made);
        self.given.retain(|pair, _| !delta.given.contains_key(pair));
        self.given.append(&mut before.given);
        self.spent.retain(|replica, _| !delta.spent.contains_key(replica));
        self.spent.append(&mut before.spent);
    }
}

impl Watch for BoundedCounter {
    type Change = ValueChange<i128>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        let mut after = self.clone();
        after.merge(other.clone());
        ValueChange::between(self.value(), after.value()).into_iter().for_each(visit);
    }
}

/// Edits a [`BoundedCounter`].
#[derive(Debug)]
pub struct BoundedCounterCursor<'a> {
    value: &'a mut BoundedCounter,
    draft: Draft<'a, BoundedCounter>,
}

impl BoundedCounterCursor<'_> {
    /// Counts `by` up, and returns what this replica has counted up in all.
    ///
    /// Like [`u64::checked_add`] it returns `None` on overflow, and then nothing has changed.
    pub fn increment(&mut self, by: u64) -> Option<u64> {
        let replica = self.draft.replica();
        let count = at(&self.value.made, replica).checked_add(by)?;
        if by > 0 {
            let (delta, before) = self.draft.both();
            write(&mut self.value.made, &mut delta.made, &mut before.made, replica, count);
        }
        Some(count)
    }

    /// Counts `by` down.
    ///
    /// # Errors
    ///
    /// When this replica has not the right to as much, or when its count is full; then nothing has
    /// changed.
    pub fn decrement(&mut self, by: u64) -> Result<(), SpendError> {
        let replica = self.draft.replica();
        let count = self.spend(at(&self.value.spent, replica), by)?;
        if by > 0 {
            let (delta, before) = self.draft.both();
            write(&mut self.value.spent, &mut delta.spent, &mut before.spent, replica, count);
        }
        Ok(())
    }

    /// Transfers the right to count `by` down to another node. To its own node it changes nothing.
    ///
    /// # Errors
    ///
    /// When this replica has not the right to as much, or when its count is full; then nothing has
    /// changed.
    pub fn transfer(&mut self, to: NodeId, by: u64) -> Result<(), SpendError> {
        let replica = self.draft.replica();
        let pair = (replica, to);
        let count = self.spend(at(&self.value.given, pair), by)?;
        if by > 0 && to != replica.node() {
            let (delta, before) = self.draft.both();
            write(&mut self.value.given, &mut delta.given, &mut before.given, pair, count);
        }
        Ok(())
    }

    /// How much this replica may count down or transfer.
    #[must_use]
    pub fn available(&self) -> u128 {
        self.value.available(self.draft.replica().node())
    }

    /// `entry + by`, if this replica has the right to `by`.
    fn spend(&self, entry: u64, by: u64) -> Result<u64, SpendError> {
        let available = self.available();
        if u128::from(by) > available {
            return Err(SpendError::Insufficient { available });
        }
        entry.checked_add(by).ok_or(SpendError::Full)
    }
}

impl core::ops::Deref for BoundedCounterCursor<'_> {
    type Target = BoundedCounter;

    fn deref(&self) -> &BoundedCounter {
        self.value
    }
}
