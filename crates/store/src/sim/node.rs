use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::ReplicaId;

use super::clock::Clock;
use super::disk::{Batch, Writing};
use super::{Faults, Mistake};
use crate::{
    Buffered, Config, Durable, LoadError, Replicated, Stats, Storage, Time, Written, gossip,
};

/// One replica of a simulated network.
pub(super) struct Node<S, D: Storage> {
    /// Of the running process, or the last one.
    pub(super) id: ReplicaId,
    pub(super) starts: u64,
    /// The running process, if it runs.
    pub(super) process: Option<Durable<S, D>>,
    /// What a crash has left, while it is down.
    pub(super) disk: Option<D>,
    pub(super) clock: Clock,
    /// What its wall clock shows, since 1970, at the start of the network; if it has one.
    pub(super) wall: Option<Duration>,
    /// Whether it has left for good.
    pub(super) has_left: bool,

    /// How many edits no commit has begun with.
    pub(super) fresh: usize,
    /// Whether a commit is about to begin.
    pub(super) commit_due: bool,
    /// The commit in progress.
    pub(super) writing: Option<Writing<S>>,
    /// What a commit has failed with, to be tried again.
    pub(super) failed: Option<Batch<S>>,
    /// Counts commits, to tell them apart.
    pub(super) attempts: u64,

    /// What the runs that have ended have done.
    pub(super) past: Stats,
    /// The most that was ever buffered of each.
    pub(super) peak: Buffered,
    pub(super) mistakes: BTreeSet<Mistake>,
    /// Deltas that came from a peer, to be sent back to it by mistake.
    pub(super) echoes: BTreeMap<ReplicaId, Vec<gossip::Group<Written<S>>>>,
}

impl<S: Replicated, D: Storage> Node<S, D> {
    /// `starts` is how often this disk, or one of the same node, has been started.
    pub(super) fn down(disk: D, starts: u64) -> Self {
        Self {
            id: disk.replica(),
            starts,
            process: None,
            disk: Some(disk),
            clock: Clock::new(Time::ZERO, Duration::ZERO, 1.0),
            wall: None,
            has_left: false,
            fresh: 0,
            commit_due: false,
            writing: None,
            failed: None,
            attempts: 0,
            past: Stats::default(),
            peak: Buffered::default(),
            mistakes: BTreeSet::new(),
            echoes: BTreeMap::new(),
        }
    }

    pub(super) fn crash(&mut self) {
        if let Some(process) = self.process.take() {
            self.past.add(process.replica().stats());
            self.disk = Some(process.into_storage());
        }
        self.fresh = 0;
        self.commit_due = false;
        self.writing = None;
        self.failed = None;
        self.echoes.clear();
    }

    pub(super) fn restart(
        &mut self,
        now: Time,
        config: Config,
        faults: &Faults,
        rng: &mut fastrand::Rng,
    ) -> Result<(), LoadError<D::Error>> {
        let Some(disk) = self.disk.take() else { return Ok(()) };
        let reuses = self.mistakes.contains(&Mistake::ReuseIncarnation);
        let incarnation = if reuses { self.starts.saturating_sub(1) } else { self.starts };
        let process = Durable::open_as(disk, incarnation, config)?;
        self.starts = incarnation + 1;
        self.id = process.id();
        self.process = Some(process);
        let offset = faults.max_clock_offset.mul_f64(rng.f64());
        let rate = 1.0 + faults.clock_skew * (2.0 * rng.f64() - 1.0);
        self.clock = Clock::new(now, offset, rate);
        self.tell_time(now);
        Ok(())
    }

    /// Tells the running process what time it is, as a driver does before edits.
    pub(super) fn tell_time(&mut self, now: Time) {
        if let (Some(wall), Some(process)) = (self.wall, &mut self.process) {
            let shown = self.clock.show(now);
            process.replica_mut().set_clock(shown, wall + now.since_start());
        }
    }
}

impl<S, D: Storage> Node<S, D> {
    /// When something is due, by the network's time.
    pub(super) fn poll_timeout(&self, now: Time) -> Option<Time> {
        let at = self.process.as_ref()?.replica().poll_timeout()?;
        self.clock.when(now, at)
    }

    /// How many of the last edits a crash would lose.
    pub(super) fn unsaved(&self) -> usize {
        let writing = self.writing.as_ref().map(|writing| &writing.batch);
        let taken = writing.or(self.failed.as_ref()).map_or(0, |batch| batch.edits);
        self.fresh + taken
    }
}
