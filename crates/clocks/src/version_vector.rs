#[cfg(feature = "serde")]
mod wire;

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use crate::search::{Entries, copy, make_room, position, seek, splice};
use crate::{Dot, InvalidClock, ReplicaId};

/// For each replica, the number of its writes that were seen, without gaps.
///
/// A version vector holds the dots `1..=n` of each replica and is ordered by inclusion. Two
/// vectors, of which neither includes the other, are concurrent. [`join`](Self::join) is the
/// union: the join-semilattice that replicas climb.
///
/// What arrives out of order needs a [`CausalContext`](crate::CausalContext): here,
/// [`insert`](Self::insert) of one dot covers all before it.
///
/// It takes 24 bytes a replica, sorted by replica: a single one inline, more in one allocation. An
/// absent replica is at 0, and no entry is 0, so equal sets of dots are equal values.
///
/// The source is Parker et al., *Detection of Mutual Inconsistency in Distributed Systems* (1983).
///
/// # Examples
///
/// ```
/// use rejoin_clocks::{ReplicaId, VersionVector};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let (mut a, mut b) = (VersionVector::new(), VersionVector::new());
/// a.advance(alice);
/// b.advance(bob);
/// assert!(a.concurrent(&b));
///
/// assert!(a.join(&b)); // alice sees what bob did
/// assert!(a > b);
/// assert_eq!((a.get(alice), a.get(bob)), (1, 1));
/// ```
#[derive(Default, PartialEq, Eq, Hash)]
pub struct VersionVector {
    /// No sequence number is 0.
    pub(crate) entries: Entries<u64>,
}

impl VersionVector {
    /// The vector that has seen nothing. Does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Entries::new_const() }
    }

    /// The vector with these entries, which must be sorted by replica.
    ///
    /// Computes in O(n) time.
    ///
    /// # Errors
    ///
    /// If an entry is 0, or a replica is out of order or comes twice.
    pub fn from_entries(
        entries: impl IntoIterator<Item = (ReplicaId, u64)>,
    ) -> Result<Self, InvalidClock> {
        let mut clock = Self::new();
        for (replica, seq) in entries {
            clock.push(replica, seq)?;
        }
        Ok(clock)
    }

    /// The number of writes of `replica` that were seen, 0 if none.
    ///
    /// Computes in O(log n) time.
    #[inline]
    #[must_use]
    pub fn get(&self, replica: ReplicaId) -> u64 {
        position(&self.entries, replica).map_or(0, |at| self.entries[at].1)
    }

    /// Whether the write was seen.
    ///
    /// Computes in O(log n) time.
    #[inline]
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        dot.seq() <= self.get(dot.replica())
    }

    /// Sees `dot` **and every earlier write of its replica**, and says whether that was news.
    ///
    /// Computes in O(log n) time; the first dot of a replica moves the entries behind it.
    #[inline]
    pub fn insert(&mut self, dot: Dot) -> bool {
        self.raise(dot.replica(), dot.seq())
    }

    /// Takes the next dot of `replica`, or `None` after `u64::MAX` writes.
    ///
    /// Computes in O(log n) time; the first dot of a replica moves the entries behind it.
    #[inline]
    #[must_use = "a dot that is not used stays a gap for ever"]
    pub fn advance(&mut self, replica: ReplicaId) -> Option<Dot> {
        self.advance_by(replica, 1)
    }

    /// Takes the next `count` dots of `replica` and gives the last of them, or `None`, and takes
    /// none, if there are not so many up to `u64::MAX` or `count` is 0.
    ///
    /// Computes in O(log n) time; the first dot of a replica moves the entries behind it.
    #[inline]
    #[must_use = "a dot that is not used stays a gap for ever"]
    pub fn advance_by(&mut self, replica: ReplicaId, count: u64) -> Option<Dot> {
        if count == 0 {
            return None;
        }
        match position(&self.entries, replica) {
            Ok(at) => {
                let seq = &mut self.entries[at].1;
                *seq = seq.checked_add(count)?;
                Dot::new(replica, *seq)
            }
            Err(at) => {
                self.enter(at, replica, count);
                Dot::new(replica, count)
            }
        }
    }

    /// Forgets `replica` and gives the number of its writes that were seen.
    ///
    /// Only for a replica that has been retired: it writes no more, and **every** replica has seen
    /// all of its writes and forgets it too. Otherwise its old writes come back as new ones.
    ///
    /// Computes in O(n) time.
    pub fn remove(&mut self, replica: ReplicaId) -> Option<u64> {
        let at = position(&self.entries, replica).ok()?;
        Some(self.entries.remove(at).1)
    }

    /// Adds all that `other` has seen, and says whether that was news: the least upper bound.
    ///
    /// Computes in O(m log (n/m)) time for the m replicas of `other`, which is linear when both are
    /// alike. Allocates only for new replicas, which move the entries behind them.
    pub fn join(&mut self, other: &Self) -> bool {
        let (mut grew, mut from) = (false, 0);
        // As long as both have the same replicas, which is mostly to the end, there is no search.
        for (ours, theirs) in self.entries.iter_mut().zip(&other.entries) {
            if ours.0 != theirs.0 {
                break;
            }
            grew |= ours.1 < theirs.1;
            ours.1 = ours.1.max(theirs.1);
            from += 1;
        }
        let mut new = Entries::new();
        for &(replica, seq) in &other.entries[from..] {
            match seek(&self.entries, from, replica) {
                Ok(at) => {
                    let ours = &mut self.entries[at].1;
                    grew |= *ours < seq;
                    *ours = seq.max(*ours);
                    from = at + 1;
                }
                Err(at) => {
                    new.push((replica, seq));
                    from = at;
                }
            }
        }
        if new.is_empty() {
            return grew;
        }
        splice(&mut self.entries, new);
        true
    }

    /// What both have seen: the greatest lower bound.
    ///
    /// Computes in O(m log (n/m)) time for the m replicas of the smaller one.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let (small, big) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        let (mut met, mut from) = (Self::new(), 0);
        for &(replica, seq) in &small.entries {
            match seek(&big.entries, from, replica) {
                Ok(at) => {
                    met.entries.push((replica, seq.min(big.entries[at].1)));
                    from = at + 1;
                }
                Err(at) => from = at,
            }
        }
        met
    }

    /// Whether this one has seen all that `other` has: `self >= other`.
    ///
    /// Computes in O(m log (n/m)) time for the m replicas of `other`.
    #[must_use]
    pub fn dominates(&self, other: &Self) -> bool {
        other.len() <= self.len() && self.dominates_with(None, other)
    }

    /// Whether each has seen a write that the other has not.
    ///
    /// Computes in O(n) time.
    #[must_use]
    pub fn concurrent(&self, other: &Self) -> bool {
        self.partial_cmp(other).is_none()
    }

    /// The replicas with the number of their writes that were seen, sorted by replica.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (ReplicaId, u64)> + ExactSizeIterator + Clone {
        self.entries.iter().copied()
    }

    /// The number of replicas of which a write was seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether this one together with `dot` has seen all that `other` has.
    pub(crate) fn dominates_with(&self, dot: Option<Dot>, other: &Self) -> bool {
        // As long as both have the same replicas, which is mostly to the end, there is no search.
        let pairs = self.entries.iter().zip(&other.entries);
        let mut from =
            pairs.take_while(|(ours, theirs)| ours.0 == theirs.0 && ours.1 >= theirs.1).count();
        other.entries[from..].iter().all(|&(replica, seq)| {
            let ours = match seek(&self.entries, from, replica) {
                Ok(at) => {
                    from = at + 1;
                    self.entries[at].1
                }
                Err(at) => {
                    from = at;
                    0
                }
            };
            // The dot may fill the place right after the entry, and only that.
            seq <= ours || seq - ours == 1 && dot.is_some() && dot == Dot::new(replica, seq)
        })
    }

    /// Raises the entry of `replica` to `seq`, which is not 0, and says whether it was lower.
    #[inline]
    pub(crate) fn raise(&mut self, replica: ReplicaId, seq: u64) -> bool {
        match position(&self.entries, replica) {
            Ok(at) => {
                let ours = &mut self.entries[at].1;
                let grew = *ours < seq;
                *ours = seq.max(*ours);
                grew
            }
            Err(at) => {
                self.enter(at, replica, seq);
                true
            }
        }
    }

    /// Inserts an entry at its place.
    #[inline]
    fn enter(&mut self, at: usize, replica: ReplicaId, seq: u64) {
        if self.entries.is_empty() {
            self.entries = Entries::from_buf([(replica, seq)]);
        } else {
            self.enter_among(at, replica, seq);
        }
    }

    fn enter_among(&mut self, at: usize, replica: ReplicaId, seq: u64) {
        make_room(&mut self.entries, 1);
        self.entries.insert(at, (replica, seq));
    }

    /// Appends an entry if that leaves the canonical form intact.
    fn push(&mut self, replica: ReplicaId, seq: u64) -> Result<(), InvalidClock> {
        if seq == 0 {
            return Err(InvalidClock::Zero { replica });
        }
        match self.entries.last().map(|last| last.0.cmp(&replica)) {
            Some(Ordering::Greater) => Err(InvalidClock::Unsorted { replica }),
            Some(Ordering::Equal) => Err(InvalidClock::Duplicate { replica }),
            Some(Ordering::Less) | None => {
                make_room(&mut self.entries, 1);
                self.entries.push((replica, seq));
                Ok(())
            }
        }
    }
}

impl fmt::Debug for VersionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// By inclusion; `None` when concurrent. Computes in O(n) time.
impl Clone for VersionVector {
    fn clone(&self) -> Self {
        Self { entries: copy(&self.entries) }
    }
}

impl PartialOrd for VersionVector {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.dominates(other), other.dominates(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }
}

/// The least vector that contains the dots, in any order. Computes in O(n log n) time.
impl FromIterator<Dot> for VersionVector {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut dots: Vec<Dot> = dots.into_iter().collect();
        dots.sort_unstable();
        let mut clock = Self::new();
        for dot in dots {
            match clock.entries.last_mut() {
                // Sorted: the last dot of a replica is its greatest.
                Some(last) if last.0 == dot.replica() => last.1 = dot.seq(),
                _ => {
                    make_room(&mut clock.entries, 1);
                    clock.entries.push((dot.replica(), dot.seq()));
                }
            }
        }
        clock
    }
}
