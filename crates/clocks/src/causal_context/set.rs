use core::cmp::Ordering;

use super::entries::Cursor;
use crate::CausalContext;
use crate::run::{Run, Runs};

impl CausalContext {
    /// The dots that are here and not in `other`.
    ///
    /// Computes in O(n log m) time for the n runs here, and in O(m + n) time when both are alike.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let (mut rest, mut cursor) = (Self::new(), Cursor::new(other));
        for (replica, ours) in self.entries() {
            subtract(ours, cursor.runs_of(replica), |run| rest.append(replica, run));
        }
        rest
    }

    /// The dots that are in both: the greatest lower bound.
    ///
    /// Computes in O(n log m) time for the n runs of the one with fewer replicas, and in O(m + n)
    /// time when both are alike.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (small, big) = self.by_size(other);
        let (mut both, mut cursor) = (Self::new(), Cursor::new(big));
        for (replica, runs) in small.entries() {
            for run in common(runs, cursor.runs_of(replica)) {
                both.append(replica, run);
            }
        }
        both
    }

    /// Whether all dots of `other` are here: `self >= other`.
    ///
    /// Computes in O(m log n) time for the m runs of `other`, and in O(m + n) time when both are
    /// alike.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        // A prefix has no gap, so only a prefix has all of it.
        if !self.clock.dominates(&other.clock) {
            return false;
        }
        let mut cursor = Cursor::new(self);
        other.cloud.iter().all(|(replica, theirs)| {
            let mut ours = cursor.runs_of(*replica);
            theirs.iter().all(|their| {
                ours.seek(their.start);
                // No two runs of ours are adjacent, so a single one has all of theirs.
                ours.peek().is_some_and(|our| our.start <= their.start && their.end <= our.end)
            })
        })
    }

    /// Whether no dot is in both.
    ///
    /// Computes in the time of [`intersection`](Self::intersection), and does not allocate.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let (small, big) = self.by_size(other);
        let mut cursor = Cursor::new(big);
        small
            .entries()
            .all(|(replica, runs)| common(runs, cursor.runs_of(replica)).next().is_none())
    }

    /// The two contexts, the one with fewer entries first.
    fn by_size<'a>(&'a self, other: &'a Self) -> (&'a Self, &'a Self) {
        let size = |context: &Self| context.clock.len() + context.cloud.len();
        if size(self) <= size(other) { (self, other) } else { (other, self) }
    }
}

/// By inclusion; `None` when each has a dot that the other has not. Computes in O(n) time.
impl PartialOrd for CausalContext {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.is_superset(other), other.is_superset(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }
}

/// Emits, in order, what is in `ours` and not in `theirs`.
fn subtract(ours: Runs<'_>, mut theirs: Runs<'_>, mut emit: impl FnMut(Run)) {
    for Run { mut start, end } in ours {
        theirs.seek(start);
        loop {
            match theirs.peek() {
                Some(their) if their.start <= end => {
                    if start < their.start {
                        emit(Run { start, end: their.start - 1 });
                    }
                    if end <= their.end {
                        break;
                    }
                    start = their.end + 1; // at most `end`
                    theirs.next();
                }
                _ => {
                    emit(Run { start, end });
                    break;
                }
            }
        }
    }
}

/// What is in both, in order. Of two results one input has a gap between them.
fn common<'a>(mut a: Runs<'a>, mut b: Runs<'a>) -> impl Iterator<Item = Run> {
    core::iter::from_fn(move || {
        loop {
            let (x, y) = (a.peek()?, b.peek()?);
            let (start, end) = (x.start.max(y.start), x.end.min(y.end));
            if start > end {
                // Apart: the one that ends first skips to the other.
                a.seek(y.start);
                b.seek(x.start);
                continue;
            }
            if x.end <= y.end {
                a.next();
            } else {
                b.next();
            }
            return Some(Run { start, end });
        }
    })
}
