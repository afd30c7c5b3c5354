//! Commits that take their time, and fail.

use core::time::Duration;

use rejoin_durable::Storage;
use rejoin_store::Replicated;

use super::{Event, Network};
use crate::dice::between;
use crate::mistake::Mistake;
use crate::node::{Batch, Writing};

/// How long a disk that has failed is left alone.
const PAUSE: Duration = Duration::from_millis(1);

impl<S: Replicated, D: Storage> Network<S, D> {
    /// Commits at replica `index` now, as long as that may take otherwise, and returns whether it
    /// worked. A commit in progress comes to its end before.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn commit(&mut self, index: usize) -> bool {
        self.nodes[index].commit_due = false;
        let mut committed = self.is_up(index);
        while committed && (self.nodes[index].writing.is_some() || self.begin(index)) {
            committed = self.finish(index);
        }
        self.settle(index);
        committed
    }

    /// Sees to it that a commit begins, unless one is in progress: the next one follows it.
    pub(super) fn schedule_commit(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let Some(process) = &node.process else { return };
        if process.replica().is_durable() || node.commit_due || node.writing.is_some() {
            return;
        }
        node.commit_due = true;
        let least = if node.failed.is_some() { PAUSE } else { Duration::ZERO };
        let most = self.faults.max_commit_delay.max(least);
        let delay = between(&mut self.rng, least, most);
        self.schedule(delay, Event::Commit(index));
    }

    pub(super) fn begin_commit(&mut self, index: usize) {
        self.nodes[index].commit_due = false;
        if self.nodes[index].writing.is_none() && self.begin(index) {
            let node = &self.nodes[index];
            let (attempt, stores) = match &node.writing {
                Some(writing) => (writing.attempt, writing.stores),
                None => return,
            };
            let time = between(&mut self.rng, Duration::ZERO, self.faults.max_commit_time);
            if time.is_zero() {
                self.finish(index);
            } else {
                if stores {
                    let reaches = time.mul_f64(self.rng.f64());
                    self.schedule(reaches, Event::Store { index, attempt });
                }
                self.schedule(time, Event::Finish { index, attempt });
            }
        }
        self.settle(index);
    }

    /// The commit in progress reaches the disk.
    pub(super) fn reach_disk(&mut self, index: usize, attempt: u64) {
        if self.is_writing(index, attempt) {
            self.store(index);
        }
    }

    pub(super) fn finish_commit(&mut self, index: usize, attempt: u64) {
        if self.is_writing(index, attempt) {
            self.finish(index);
            self.settle(index);
        }
    }

    fn is_writing(&self, index: usize, attempt: u64) -> bool {
        self.nodes[index].writing.as_ref().is_some_and(|writing| writing.attempt == attempt)
    }

    /// Begins a commit, unless there is nothing to be made durable.
    fn begin(&mut self, index: usize) -> bool {
        let node = &mut self.nodes[index];
        let Some(process) = &mut node.process else { return false };
        let batch = node.failed.take().or_else(|| {
            let edits = core::mem::take(&mut node.fresh);
            let pending = process.replica_mut().pending();
            let pending = pending.expect("what was read from bytes can be encoded")?;
            Some(Batch { pending, edits, is_stored: false })
        });
        let Some(batch) = batch else { return false };
        let fails = self.rng.f64() < self.faults.failed_commits;
        let stores = !fails || self.rng.bool();
        node.attempts += 1;
        node.writing = Some(Writing { batch, attempt: node.attempts, stores, fails });
        true
    }

    /// Ends the commit in progress, and returns whether it worked.
    fn finish(&mut self, index: usize) -> bool {
        self.store(index);
        let node = &mut self.nodes[index];
        let (Some(writing), Some(process)) = (node.writing.take(), &mut node.process) else {
            return false;
        };
        if writing.fails {
            node.failed = Some(writing.batch);
            self.tally.failed_commits += 1;
            return false;
        }
        process.replica_mut().persisted(writing.batch.pending.number);
        process.compact_if_long();
        true
    }

    /// Stores what the commit in progress brings, if it is not stored yet and is to be.
    fn store(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let (Some(writing), Some(process)) = (&mut node.writing, &mut node.process) else { return };
        if !writing.stores || writing.batch.is_stored {
            return;
        }
        let skips = node.mistakes.contains(&Mistake::SkipPersist) && self.rng.u8(..4) == 0;
        if skips || process.store(&writing.batch.pending).is_ok() {
            writing.batch.is_stored = true;
            writing.batch.edits = 0;
        } else {
            writing.fails = true;
        }
    }
}
