mod builder;
mod digest;
mod entries;
mod join;
mod set;
mod windows;
#[cfg(feature = "serde")]
mod wire;

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use smallvec::smallvec;

use self::builder::Builder;
pub use self::digest::CausalDigest;
use self::entries::{AllRuns, Entries};
pub use self::windows::Windows;
use crate::run::{self, Run, RunVec, Runs};
use crate::search::{self, copy, position};
use crate::{Dot, InvalidContext, ReplicaId, VersionVector};

/// The set of all dots that were seen, with or without gaps.
///
/// A context tells apart what another replica *has not seen yet* from what it *has seen and
/// removed*: a piece of data that one side lacks although its context contains the piece's dot was
/// removed there. This is how sets without tombstones work. Deltas may arrive in any order, so a
/// context, unlike a [`VersionVector`], keeps what lies beyond a gap until the gap is filled.
///
/// It is stored as a version vector, the contiguous part, plus runs of sequence numbers for the
/// replicas with dots beyond a gap: 24 bytes for each replica, 40 for each with a gap, 16 for each
/// further run. **All operations take time by the number of runs, never by the number of dots.**
/// The form is canonical: equal sets are equal values with equal hashes.
///
/// Contexts are ordered by inclusion and form a join-semilattice (in fact a distributive lattice)
/// under [`join`](Self::join).
///
/// The source is Almeida, Shoker and Baquero, *Delta State Replicated Data Types* (2018), section
/// 7.2, where this is *causal context compression*.
///
/// # Examples
///
/// ```
/// use rejoin_clocks::{CausalContext, ReplicaId};
///
/// let alice = ReplicaId::from_u128(1);
/// let mut here = CausalContext::new();
/// here.insert_run(alice, 1..=3);
/// here.insert_run(alice, 5..=9); // the fourth write is late
/// assert!(here.has_gaps());
/// assert_eq!((here.clock().get(alice), here.max(alice), here.len()), (3, 9, 8));
///
/// let mut there = CausalContext::new();
/// there.insert_run(alice, 1..=5);
/// assert_eq!(there.partial_cmp(&here), None); // only they have seen the fourth
/// assert_eq!(here.difference(&there).runs_of(alice).collect::<Vec<_>>(), [6..=9]);
///
/// assert!(here.join(&there));
/// assert_eq!(here.runs_of(alice).collect::<Vec<_>>(), [1..=9]);
/// ```
#[derive(Default, PartialEq, Eq, Hash)]
pub struct CausalContext {
    /// The dots `1..=n` of each replica, as far as they go without a gap.
    clock: VersionVector,
    /// The dots beyond a gap: no replica without runs, and no run touches the part in `clock`.
    cloud: Cloud,
}

type Cloud = search::Entries<RunVec>;

impl CausalContext {
    /// The empty context. Does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self { clock: VersionVector::new(), cloud: Cloud::new_const() }
    }

    /// The context with these runs, from a first to a last sequence number (inclusive), which must
    /// be as [`runs`](Self::runs) gives them: sorted, with a gap between two runs of a replica.
    ///
    /// Computes in O(n) time.
    ///
    /// # Errors
    ///
    /// If a run is empty or starts at 0, if replicas or runs are out of order, and if two runs
    /// overlap or are adjacent.
    pub fn from_runs(
        runs: impl IntoIterator<Item = (ReplicaId, u64, u64)>,
    ) -> Result<Self, InvalidContext> {
        let mut builder = Builder::default();
        for (replica, start, end) in runs {
            builder.push(replica, start, end)?;
        }
        Ok(builder.finish())
    }

    /// Whether the dot was seen.
    ///
    /// Computes in O(log n) time.
    #[inline]
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        self.clock.contains(dot)
            || position(&self.cloud, dot.replica())
                .is_ok_and(|at| run::contains(&self.cloud[at].1, dot.seq()))
    }

    /// Which of the 64 dots of `replica` from sequence number `first` on were seen: a bit for each,
    /// the lowest for `first`.
    ///
    /// For comparing with other sets of dots, 64 at a time; [`Windows`] is the way back. Computes
    /// in O(log n) time plus the number of runs among those dots.
    ///
    /// ```
    /// use rejoin_clocks::{CausalContext, ReplicaId};
    ///
    /// let alice = ReplicaId::from_u128(1);
    /// let mut seen = CausalContext::new();
    /// seen.insert_run(alice, 1..=3);
    /// seen.insert_run(alice, 5..=u64::MAX);
    /// assert_eq!(seen.window(alice, 2), !0b100);
    /// ```
    #[inline]
    #[must_use]
    pub fn window(&self, replica: ReplicaId, first: u64) -> u64 {
        let mut seen = match self.clock.get(replica).checked_sub(first) {
            Some(more) => u64::MAX >> (63 - more.min(63)),
            None => 0,
        };
        if self.has_gaps() && seen != u64::MAX {
            let runs = self.beyond(replica);
            let from = runs.partition_point(|run| run.end < first);
            for run in runs[from..].iter().take_while(|run| run.start.saturating_sub(first) < 64) {
                let (low, high) = (run.start.saturating_sub(first), run.end - first);
                seen |= (u64::MAX << low) & (u64::MAX >> (63 - high.min(63)));
            }
        }
        if first == 0 { seen & !1 } else { seen } // there is no dot 0
    }

    /// Adds a dot and says whether it is new.
    ///
    /// Computes in O(log n) time; the first dot of a replica, or beyond a gap, moves entries.
    pub fn insert(&mut self, dot: Dot) -> bool {
        self.insert_valid(dot.replica(), Run { start: dot.seq(), end: dot.seq() })
    }

    /// Adds the dots of `replica` with these sequence numbers and says whether one of them is new.
    /// There is no dot 0: it is left out, and an empty range adds nothing.
    ///
    /// Computes in O(log n) time plus the number of runs that become one.
    pub fn insert_run(&mut self, replica: ReplicaId, seqs: RangeInclusive<u64>) -> bool {
        let run = Run { start: (*seqs.start()).max(1), end: *seqs.end() };
        if seqs.is_empty() || run.start > run.end {
            return false;
        }
        if self.is_empty() {
            *self = Self::of_run(replica, run);
            return true;
        }
        self.insert_valid(replica, run)
    }

    /// The highest sequence number of `replica` that was seen, beyond gaps too, 0 if none.
    ///
    /// Computes in O(log n) time.
    #[must_use]
    pub fn max(&self, replica: ReplicaId) -> u64 {
        match self.beyond(replica).last() {
            Some(run) => run.end,
            None => self.clock.get(replica),
        }
    }

    /// The dot after the highest of `replica`, or `None` after `u64::MAX`. Does not insert it.
    ///
    /// Computes in O(log n) time.
    #[must_use]
    pub fn next(&self, replica: ReplicaId) -> Option<Dot> {
        Dot::new(replica, self.max(replica).checked_add(1)?)
    }

    /// The dot after the highest of `replica`, which it adds, or `None` after `u64::MAX`.
    ///
    /// Computes in O(log n) time; the first dot of a replica moves entries.
    #[inline]
    pub fn mint(&mut self, replica: ReplicaId) -> Option<Dot> {
        if self.has_gaps() {
            let dot = self.next(replica)?;
            self.insert(dot);
            return Some(dot);
        }
        self.clock.advance(replica)
    }

    /// The number of dots, or `u64::MAX` if there are more.
    ///
    /// Computes in O(n) time.
    #[must_use]
    pub fn len(&self) -> u64 {
        AllRuns::new(self).fold(0, |len, (_, run)| len.saturating_add(run.len()))
    }

    /// Whether nothing was seen.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clock.is_empty() && self.cloud.is_empty()
    }

    /// Whether a dot is missing before one that was seen. If not, [`clock`](Self::clock) is all.
    #[inline]
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.cloud.is_empty()
    }

    /// The contiguous part: for each replica, the dots before its first gap.
    #[must_use]
    pub const fn clock(&self) -> &VersionVector {
        &self.clock
    }

    /// The replicas of which a dot was seen, sorted.
    pub fn replicas(&self) -> impl Iterator<Item = ReplicaId> + Clone {
        self.entries().map(|(replica, _)| replica)
    }

    /// The runs of dots, sorted by replica and sequence number, with a gap between any two of the
    /// same replica.
    pub fn runs(&self) -> impl Iterator<Item = (ReplicaId, RangeInclusive<u64>)> + Clone {
        AllRuns::new(self).map(|(replica, run)| (replica, run.into()))
    }

    /// The runs of one replica, sorted, with a gap between any two. Found in O(log n) time.
    pub fn runs_of(
        &self,
        replica: ReplicaId,
    ) -> impl ExactSizeIterator<Item = RangeInclusive<u64>> + Clone {
        let runs = Runs { prefix: self.clock.get(replica), beyond: self.beyond(replica) };
        runs.map(RangeInclusive::from)
    }

    /// The only run, if there is just one, as in the context of most deltas.
    ///
    /// ```
    /// use rejoin_clocks::{CausalContext, ReplicaId};
    ///
    /// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    /// let mut seen = CausalContext::new();
    /// seen.insert_run(alice, 7..=9);
    /// assert_eq!(seen.only_run(), Some((alice, 7..=9)));
    /// seen.insert_run(bob, 1..=2);
    /// assert_eq!(seen.only_run(), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn only_run(&self) -> Option<(ReplicaId, RangeInclusive<u64>)> {
        match (&*self.clock.entries, &*self.cloud) {
            (&[(replica, last)], []) => Some((replica, 1..=last)),
            ([], [(replica, runs)]) => match **runs {
                [run] => Some((*replica, run.into())),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number of runs: the n of the costs given here.
    ///
    /// Computes in O(m) time for the m replicas with gaps.
    #[must_use]
    pub fn run_count(&self) -> usize {
        self.clock.len() + self.cloud.iter().map(|(_, runs)| runs.len()).sum::<usize>()
    }

    fn entries(&self) -> Entries<'_> {
        Entries::new(self)
    }

    fn beyond(&self, replica: ReplicaId) -> &[Run] {
        position(&self.cloud, replica).map_or(&[], |at| &self.cloud[at].1)
    }

    /// The context with one run.
    fn of_run(replica: ReplicaId, run: Run) -> Self {
        let Self { mut clock, mut cloud } = Self::new();
        if run.start == 1 {
            clock.entries = search::Entries::from_buf([(replica, run.end)]);
        } else {
            cloud = Cloud::from_buf([(replica, RunVec::from_buf([run]))]);
        }
        Self { clock, cloud }
    }

    fn insert_valid(&mut self, replica: ReplicaId, run: Run) -> bool {
        let prefix = self.clock.get(replica);
        if run.end <= prefix {
            return false;
        }
        let place = position(&self.cloud, replica);
        if run.start > prefix + 1 {
            // Beyond a gap. (`prefix + 1` is at most `run.end`.)
            return match place {
                Ok(at) => run::insert(&mut self.cloud[at].1, run),
                Err(at) => {
                    self.cloud.insert(at, (replica, smallvec![run]));
                    true
                }
            };
        }
        let mut prefix = run.end;
        if let Ok(at) = place {
            let runs = &mut self.cloud[at].1;
            prefix = run::absorb(prefix, runs);
            if runs.is_empty() {
                self.cloud.remove(at);
            }
        }
        self.clock.raise(replica, prefix)
    }
}

impl Clone for CausalContext {
    fn clone(&self) -> Self {
        Self { clock: self.clock.clone(), cloud: copy(&self.cloud) }
    }
}

impl fmt::Debug for CausalContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct List<'a>(Runs<'a>);
        impl fmt::Debug for List<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.0.clone().map(RangeInclusive::from)).finish()
            }
        }
        f.debug_map().entries(self.entries().map(|(replica, runs)| (replica, List(runs)))).finish()
    }
}

impl From<VersionVector> for CausalContext {
    fn from(clock: VersionVector) -> Self {
        Self { clock, cloud: Cloud::new_const() }
    }
}

impl From<Dot> for CausalContext {
    fn from(dot: Dot) -> Self {
        Self::of_run(dot.replica(), Run { start: dot.seq(), end: dot.seq() })
    }
}

/// The dots in any order, repeated or not. Computes in O(n log n) time.
impl FromIterator<Dot> for CausalContext {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut dots = dots.into_iter();
        let Some(first) = dots.next() else { return Self::new() };
        let Some(second) = dots.next() else { return Self::from(first) };
        // Grouped first: numbers sort faster than dots, and one replica mostly comes in a row.
        let mut groups: Vec<(ReplicaId, Vec<u64>)> = Vec::new();
        let mut last = 0;
        let mut add = |dot: Dot| {
            if groups.get(last).is_none_or(|group| group.0 != dot.replica()) {
                last = position(&groups, dot.replica()).unwrap_or_else(|at| {
                    groups.insert(at, (dot.replica(), Vec::new()));
                    at
                });
            }
            groups[last].1.push(dot.seq());
        };
        add(first);
        add(second);
        dots.for_each(add);
        let mut context = Self::new();
        for (replica, mut seqs) in groups {
            seqs.sort_unstable();
            let mut seqs = seqs.into_iter().peekable();
            while let Some(start) = seqs.next() {
                let mut end = start;
                // Sorted: the next is the same, the one after, or beyond a gap.
                while let Some(next) = seqs.next_if(|seq| seq - end <= 1) {
                    end = next;
                }
                context.append(replica, Run { start, end });
            }
        }
        context
    }
}

/// Adds the dots as one [`join`](Self::join): O(m log m) for m dots, plus the join.
impl Extend<Dot> for CausalContext {
    fn extend<I: IntoIterator<Item = Dot>>(&mut self, dots: I) {
        self.join(&dots.into_iter().collect());
    }
}
