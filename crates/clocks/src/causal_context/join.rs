use super::Cloud;
use crate::run::{self, RunVec};
use crate::search::{seek, splice};
use crate::{CausalContext, ReplicaId, VersionVector};

impl CausalContext {
    /// Adds all dots of `other` and says whether one of them is new: the least upper bound.
    ///
    /// Computes in O(m log n) time for the m runs of `other`, and in O(m + n) time when both are
    /// alike: joining one dot into a context of 10 000 replicas looks at a few dozen of them. New
    /// replicas, and gaps that appear or close, move the entries behind them.
    pub fn join(&mut self, other: &Self) -> bool {
        // In the canonical form the dot after the prefix is missing, so raising a prefix is news.
        let raised = self.clock.join(&other.clock);
        if raised && self.has_gaps() {
            self.absorb(&other.clock);
        }
        self.join_cloud(&other.cloud) || raised
    }

    /// Moves runs that touch the contiguous part into it, after it was joined with `raised`.
    fn absorb(&mut self, raised: &VersionVector) {
        let mut closed = Closed::default();
        let mut near = 0;
        if self.cloud.len() <= raised.len() {
            for (at, (replica, runs)) in self.cloud.iter_mut().enumerate() {
                match seek(&self.clock.entries, near, *replica) {
                    Ok(found) => {
                        near = found + 1;
                        let seq = &mut self.clock.entries[found].1;
                        *seq = run::absorb(*seq, runs);
                        closed.note(at, runs);
                    }
                    Err(place) => near = place,
                }
            }
        } else {
            let mut far = 0;
            for (replica, _) in raised.iter() {
                far = match seek(&self.cloud, far, replica) {
                    Ok(at) => {
                        let runs = &mut self.cloud[at].1;
                        // Found: the clock was joined with `raised`.
                        if let Ok(found) = seek(&self.clock.entries, near, replica) {
                            near = found + 1;
                            let seq = &mut self.clock.entries[found].1;
                            *seq = run::absorb(*seq, runs);
                        }
                        closed.note(at, runs);
                        at + 1
                    }
                    Err(place) => place,
                };
            }
        }
        closed.remove_from(&mut self.cloud);
    }

    /// Adds the runs of another cloud. The contiguous part has all of the other's already.
    fn join_cloud(&mut self, theirs: &[(ReplicaId, RunVec)]) -> bool {
        let (mut grew, mut near, mut far) = (false, 0, 0);
        let mut closed = Closed::default();
        let mut new = Cloud::new();
        for (replica, theirs) in theirs {
            let found = seek(&self.clock.entries, near, *replica);
            let (Ok(place) | Err(place)) = found;
            near = place;
            let prefix = found.map_or(0, |at| self.clock.entries[at].1);
            // What is left ends beyond the prefix. If it touches it, it has the dot after it.
            let theirs = &theirs[theirs.partition_point(|run| run.end <= prefix)..];
            match seek(&self.cloud, far, *replica) {
                Ok(at) => {
                    far = at + 1;
                    let runs = &mut self.cloud[at].1;
                    grew |= run::union(runs, theirs);
                    let prefix = run::absorb(prefix, runs);
                    closed.note(at, runs);
                    self.raise_at(found, prefix);
                }
                Err(place) => {
                    far = place;
                    let mut runs = RunVec::from_slice(theirs);
                    grew |= !runs.is_empty();
                    self.raise_at(found, run::absorb(prefix, &mut runs));
                    if !runs.is_empty() {
                        new.push((*replica, runs));
                    }
                }
            }
        }
        closed.remove_from(&mut self.cloud);
        if !new.is_empty() {
            splice(&mut self.cloud, new);
        }
        grew
    }

    /// Sets the end of a prefix. Without one, no run touches it: all in a cloud start at 2 or
    /// later.
    fn raise_at(&mut self, found: Result<usize, usize>, seq: u64) {
        if let Ok(at) = found {
            self.clock.entries[at].1 = seq;
        }
    }
}

/// The entries of a cloud that have no run left, since their gap was filled.
#[derive(Default)]
struct Closed {
    first: usize,
    count: usize,
}

impl Closed {
    fn note(&mut self, at: usize, runs: &RunVec) {
        if runs.is_empty() {
            if self.count == 0 {
                self.first = at;
            }
            self.count += 1;
        }
    }

    fn remove_from(self, cloud: &mut Cloud) {
        match self.count {
            0 => {}
            // The common case, one memory move instead of a walk.
            1 => {
                cloud.remove(self.first);
            }
            _ => cloud.retain(|(_, runs)| !runs.is_empty()),
        }
    }
}
