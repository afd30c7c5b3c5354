//! Sorted lists of disjoint, non-adjacent runs of sequence numbers.

use core::ops::RangeInclusive;

use smallvec::SmallVec;

use crate::search::gallop;

/// The sequence numbers `start..=end`: never empty, never with 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The runs of a replica beyond its first gap. Nearly always there is one.
pub(crate) type RunVec = SmallVec<[Run; 1]>;

impl Run {
    /// Whether the union of the two is one run; `self` starts no later than `next`.
    fn reaches(self, next: Self) -> bool {
        self.end.saturating_add(1) >= next.start
    }

    /// Whether `new`, which does not start before this run, overlaps it or comes right after it.
    pub(crate) fn joins(self, new: Self) -> bool {
        self.start <= new.start && self.reaches(new)
    }

    pub(crate) fn len(self) -> u64 {
        self.end - self.start + 1 // at most `u64::MAX`, because 0 is in no run
    }
}

impl From<Run> for RangeInclusive<u64> {
    fn from(run: Run) -> Self {
        run.start..=run.end
    }
}

/// The runs of one replica in order: the prefix `1..=n`, then those beyond the first gap.
#[derive(Clone)]
pub(crate) struct Runs<'a> {
    /// The end of the prefix, or 0 if there is none.
    pub(crate) prefix: u64,
    pub(crate) beyond: &'a [Run],
}

impl Runs<'_> {
    /// The next run, which stays.
    pub(crate) fn peek(&self) -> Option<Run> {
        match self.prefix {
            0 => self.beyond.first().copied(),
            end => Some(Run { start: 1, end }),
        }
    }

    /// Drops the runs that end before `seq`, in O(log dropped) time.
    pub(crate) fn seek(&mut self, seq: u64) {
        if self.prefix < seq {
            self.prefix = 0;
            self.beyond = &self.beyond[gallop(self.beyond, |run| run.end < seq)..];
        }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let next = self.peek()?;
        match self.prefix {
            0 => self.beyond = &self.beyond[1..],
            _ => self.prefix = 0,
        }
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = usize::from(self.prefix != 0) + self.beyond.len();
        (len, Some(len))
    }
}

impl ExactSizeIterator for Runs<'_> {}

/// Whether `seq` is in one of `runs`.
pub(crate) fn contains(runs: &[Run], seq: u64) -> bool {
    let at = runs.partition_point(|run| run.end < seq);
    runs.get(at).is_some_and(|run| run.start <= seq)
}

/// Adds `new` to `runs` and says whether they grew.
pub(crate) fn insert(runs: &mut RunVec, new: Run) -> bool {
    let from = runs.partition_point(|run| run.end.saturating_add(1) < new.start);
    let to = from + gallop(&runs[from..], |run| run.start <= new.end.saturating_add(1));
    if from == to {
        runs.insert(from, new);
        return true;
    }
    let joined = Run { start: runs[from].start.min(new.start), end: runs[to - 1].end.max(new.end) };
    if joined == runs[from] {
        return false;
    }
    runs[from] = joined;
    runs.drain(from + 1..to);
    true
}

/// Adds `new` to `runs` and says whether they grew.
pub(crate) fn union(runs: &mut RunVec, new: &[Run]) -> bool {
    // A few new runs are searched for; many are merged in one pass.
    if new.len() <= 1 + runs.len() / 16 {
        let mut grew = false;
        for &run in new {
            grew |= insert(runs, run);
        }
        return grew;
    }
    let mut merged = RunVec::with_capacity(runs.len() + new.len());
    let (mut ours, mut theirs) = (&runs[..], new);
    loop {
        let next = match (ours, theirs) {
            ([our, rest @ ..], [their, ..]) if our.start <= their.start => {
                ours = rest;
                our
            }
            (_, [their, rest @ ..]) => {
                theirs = rest;
                their
            }
            ([our, rest @ ..], []) => {
                ours = rest;
                our
            }
            ([], []) => break,
        };
        push_joining(&mut merged, *next);
    }
    if merged == *runs {
        return false;
    }
    merged.shrink_to_fit();
    *runs = merged;
    true
}

/// Appends `next`, which starts no earlier than the last run.
pub(crate) fn push_joining(runs: &mut RunVec, next: Run) {
    match runs.last_mut() {
        Some(last) if last.reaches(next) => last.end = last.end.max(next.end),
        _ => runs.push(next),
    }
}

/// Moves the leading runs that touch the prefix into it, and gives its new end.
pub(crate) fn absorb(mut prefix: u64, runs: &mut RunVec) -> u64 {
    let mut swallowed = 0;
    for run in runs.iter() {
        if run.start > prefix.saturating_add(1) {
            break;
        }
        prefix = prefix.max(run.end);
        swallowed += 1;
    }
    runs.drain(..swallowed);
    prefix
}
