use alloc::collections::BTreeMap;
use core::fmt;

use rejoin_core::{
    Crdt, Decompose, Diff, Dot, Draft, Edit, ForkedId, ReplicaId, ValueChange, Watch,
};

/// A counter that never falls below zero, without coordination.
///
/// Counting up gives the writer the right to count as much down again. A replica spends only rights
/// that it holds, and can transfer them to another: an escrow. So whatever is concurrent, all
/// decrements together stay within all increments.
///
/// ```
/// use rejoin_counters::{BoundedCounter, Crdt, Edit, Insufficient, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = BoundedCounter::new();
/// here.edit(alice, |tickets| {
///     tickets.increment(10);
///     tickets.transfer(bob, 4).expect("ten to give")
/// });
/// let mut there = here.clone();
///
/// // Both sell at the same time, each from its own share.
/// here.edit(alice, |tickets| tickets.decrement(6).expect("six left"));
/// there.edit(bob, |tickets| {
///     assert_eq!(tickets.decrement(5), Err(Insufficient { available: 4 }));
///     tickets.decrement(4).expect("four given")
/// });
/// here.merge(there);
/// assert_eq!(here.value(), 0);
/// ```
///
/// Rights belong to a *node*, in all of its [incarnations](ReplicaId): a process that starts again
/// under a fresh one has the rights that it had. A disk that was copied, or restored from a backup,
/// would give them twice; when such a replica hears of what its node spent elsewhere,
/// [`check_fork`](Crdt::check_fork) says so.
///
/// For another bound keep the difference outside: `value() + bound`. A decrement can be refused
/// although the value is large enough, when the rights are elsewhere; [`available`] tells how much a
/// replica may spend.
///
/// Takes space for each replica, and for each pair of replicas between which rights were
/// transferred. The value and `available` are linear in these, edits too.
///
/// [`available`]: BoundedCounter::available
///
/// The methods that edit it are those of [`BoundedCounterCursor`].
///
/// Source: Balegas et al., *Extending eventually consistent cloud databases for enforcing numeric
/// invariants* (SRDS 2015); O'Neil, *The escrow transactional method* (1986).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BoundedCounter {
    /// Rights that the first has given to the second, in all; to itself: by counting up. Entries
    /// only grow, and none is 0.
    rights: BTreeMap<(ReplicaId, ReplicaId), u64>,
    /// What each has counted down, in all. Entries only grow, and none is 0.
    spent: BTreeMap<ReplicaId, u64>,
}

impl BoundedCounter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Increments minus decrements.
    ///
    /// Never negative; where decrements have been received and the increments before them not yet,
    /// it is zero.
    #[must_use]
    pub fn value(&self) -> u128 {
        let minted = self.rights.iter().filter(|((from, to), _)| from == to);
        let up: u128 = minted.map(|(_, count)| u128::from(*count)).sum();
        let down: u128 = self.spent.values().copied().map(u128::from).sum();
        up.saturating_sub(down)
    }

    /// How much the node of `replica` may count down or transfer, as far as is known here. At that
    /// node this is exact, but for transfers on their way to it.
    #[must_use]
    pub fn available(&self, replica: ReplicaId) -> u128 {
        let node = replica.node();
        let spent = self.spent.iter().filter(|(by, _)| by.node() == node);
        let mut gone: u128 = spent.map(|(_, count)| u128::from(*count)).sum();
        let mut held = 0u128;
        for ((from, to), count) in &self.rights {
            match (from.node() == node, to.node() == node) {
                (true, true) if from != to => {} // held before and after
                (_, true) => held += u128::from(*count),
                (true, false) => gone += u128::from(*count),
                (false, false) => {}
            }
        }
        held.saturating_sub(gone)
    }

    /// Hands the rights and counts of a departed replica over to `heir`, and returns whether that
    /// was possible without overflow; if not, nothing has changed.
    ///
    /// **Precondition**: `departed` edits no more; every replica has all of its entries, and those
    /// of transfers to it, when it does this; and no delta, state or difference from before is
    /// merged afterwards.
    pub fn retire(&mut self, departed: ReplicaId, heir: ReplicaId) -> bool {
        let label = |replica| if replica == departed { heir } else { replica };
        let mut retired = Self::default();
        for ((from, to), count) in &self.rights {
            let pair = (label(*from), label(*to));
            // What the two gave each other is theirs still; only counting up mints rights.
            if from != to && pair.0 == pair.1 {
                continue;
            }
            let entry = retired.rights.entry(pair).or_insert(0);
            let Some(sum) = entry.checked_add(*count) else { return false };
            *entry = sum;
        }
        for (replica, count) in &self.spent {
            let entry = retired.spent.entry(label(*replica)).or_insert(0);
            let Some(sum) = entry.checked_add(*count) else { return false };
            *entry = sum;
        }
        *self = retired;
        true
    }

    fn spent_by(&self, replica: ReplicaId) -> u64 {
        self.spent.get(&replica).copied().unwrap_or(0)
    }

    fn given(&self, from: ReplicaId, to: ReplicaId) -> u64 {
        self.rights.get(&(from, to)).copied().unwrap_or(0)
    }
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
        raise(&mut self.rights, other.rights) | raise(&mut self.spent, other.spent)
    }

    fn covers(&self, other: &Self) -> bool {
        larger(&other.rights, &self.rights).is_empty()
            && larger(&other.spent, &self.spent).is_empty()
    }

    fn is_bottom(&self) -> bool {
        self.rights.is_empty() && self.spent.is_empty()
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
            rights: larger(&self.rights, &peer.rights),
            spent: larger(&self.spent, &peer.spent),
        };
        (missing != Self::default()).then_some(missing)
    }

    /// Two that edit for one node would both spend the same rights, so that the counter falls below
    /// zero.
    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        let is_own = |by: &ReplicaId| by.node() == own.node();
        for (by, count) in other.spent.iter().filter(|(by, _)| is_own(by)) {
            ForkedId::unless_known(self.spent_by(*by), Dot::new(*by, *count))?;
        }
        for ((from, to), count) in other.rights.iter().filter(|((from, _), _)| is_own(from)) {
            ForkedId::unless_known(self.given(*from, *to), Dot::new(*from, *count))?;
        }
        Ok(())
    }
}

impl Decompose for BoundedCounter {
    /// One part an entry.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (pair, count) in &self.rights {
            visit(Self { rights: [(*pair, *count)].into(), ..Self::default() });
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
        self.rights.retain(|pair, _| !delta.rights.contains_key(pair));
        self.rights.append(&mut before.rights);
        self.spent.retain(|replica, _| !delta.spent.contains_key(replica));
        self.spent.append(&mut before.spent);
    }
}

impl Watch for BoundedCounter {
    type Change = ValueChange<u128>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        let mut after = self.clone();
        after.merge(other.clone());
        ValueChange::between(self.value(), after.value()).into_iter().for_each(visit);
    }
}

/// A replica wanted to spend or transfer more than it has the right to. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insufficient {
    /// How much it could have been.
    pub available: u64,
}

impl fmt::Display for Insufficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this replica has the right to {} only", self.available)
    }
}

impl core::error::Error for Insufficient {}

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
        let count = self.value.given(self.draft.replica(), self.draft.replica()).checked_add(by)?;
        if by > 0 {
            self.give(self.draft.replica(), count);
        }
        Some(count)
    }

    /// Counts `by` down.
    ///
    /// # Errors
    ///
    /// When this replica has not the right to as much; then nothing has changed.
    pub fn decrement(&mut self, by: u64) -> Result<(), Insufficient> {
        let replica = self.draft.replica();
        let spent = self.value.spent_by(replica);
        let count = self.spend(spent, by)?;
        if by > 0 {
            let (delta, before) = self.draft.both();
            write(&mut self.value.spent, &mut delta.spent, &mut before.spent, replica, count);
        }
        Ok(())
    }

    /// Transfers the right to count `by` down to another node, which may be named by any of its
    /// incarnations.
    ///
    /// # Errors
    ///
    /// When this replica has not the right to as much; then nothing has changed.
    pub fn transfer(&mut self, to: ReplicaId, by: u64) -> Result<(), Insufficient> {
        let given = self.value.given(self.draft.replica(), to);
        let count = self.spend(given, by)?;
        if by > 0 && to.node() != self.draft.replica().node() {
            self.give(to, count);
        }
        Ok(())
    }

    /// Who has counted up, or was given rights.
    #[cfg(feature = "laws")]
    pub(crate) fn replicas(&self) -> impl Iterator<Item = ReplicaId> + '_ {
        self.value.rights.keys().map(|(_, to)| *to)
    }

    /// How much this replica may count down or transfer.
    #[must_use]
    pub fn available(&self) -> u128 {
        self.value.available(self.draft.replica())
    }

    /// `entry + by`, if this replica has the right to `by`.
    fn spend(&self, entry: u64, by: u64) -> Result<u64, Insufficient> {
        // An entry that is full bounds what can be spent, too.
        let available = u64::try_from(self.available()).unwrap_or(u64::MAX).min(u64::MAX - entry);
        if by > available {
            return Err(Insufficient { available });
        }
        Ok(entry + by)
    }

    fn give(&mut self, to: ReplicaId, count: u64) {
        let pair = (self.draft.replica(), to);
        let (delta, before) = self.draft.both();
        write(&mut self.value.rights, &mut delta.rights, &mut before.rights, pair, count);
    }
}

impl core::ops::Deref for BoundedCounterCursor<'_> {
    type Target = BoundedCounter;

    fn deref(&self) -> &BoundedCounter {
        self.value
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use alloc::vec::Vec;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{BoundedCounter, ReplicaId};

    /// Entries as sequences, because formats with string keys have no pairs as keys.
    #[derive(Serialize, Deserialize)]
    #[serde(rename = "BoundedCounter")]
    struct Entries {
        /// From, to, count; in ascending order.
        rights: Vec<(ReplicaId, ReplicaId, u64)>,
        /// Replica, count; in ascending order.
        spent: Vec<(ReplicaId, u64)>,
    }

    impl Serialize for BoundedCounter {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let rights = self.rights.iter().map(|((from, to), count)| (*from, *to, *count));
            let spent = self.spent.iter().map(|(replica, count)| (*replica, *count));
            Entries { rights: rights.collect(), spent: spent.collect() }.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for BoundedCounter {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Entries { rights, spent } = Entries::deserialize(deserializer)?;
            if !rights.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)) {
                return Err(de::Error::custom("rights are not in ascending order"));
            }
            if !spent.is_sorted_by(|a, b| a.0 < b.0) {
                return Err(de::Error::custom("spent is not in ascending order"));
            }
            if rights.iter().any(|entry| entry.2 == 0) || spent.iter().any(|entry| entry.1 == 0) {
                return Err(de::Error::custom("an entry of 0"));
            }
            Ok(Self {
                rights: rights.into_iter().map(|(from, to, count)| ((from, to), count)).collect(),
                spent: spent.into_iter().collect(),
            })
        }
    }
}
