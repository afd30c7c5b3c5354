use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::ReplicaId;

use rejoin_durable::{Durable, LoadError, Storage};
use rejoin_gossip::DeltaGroup;
use rejoin_observe::{ObserveConfig, Observer};
use rejoin_store::{Buffered, Config, Delta, Pending, Replicated, Stats, Time, WallTime};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::mistake::Mistake;

/// What goes to the disk at once.
pub(crate) struct Batch {
    pub(crate) pending: Pending,
    /// How many edits in it would be lost in a crash: none, once it is stored.
    pub(crate) edits: usize,
    pub(crate) is_stored: bool,
}

/// A commit in progress.
pub(crate) struct Writing {
    pub(crate) batch: Batch,
    pub(crate) attempt: u64,
    /// Whether it is stored in the end.
    pub(crate) stores: bool,
    /// Whether the disk says in the end that it failed.
    pub(crate) fails: bool,
}

/// One replica of a simulated network.
pub(crate) struct Node<S, D: Storage> {
    /// Of the running process, or the last one.
    pub(crate) id: ReplicaId,
    pub(crate) starts: u64,
    /// What it reports of the running process.
    pub(crate) observer: Observer,
    /// The running process, if it runs.
    pub(crate) process: Option<Durable<S, D>>,
    /// What a crash has left, while it is down.
    pub(crate) disk: Option<D>,
    pub(crate) clock: Clock,
    /// What its wall clock showed when it was set, and when that was, if it has one.
    pub(crate) wall_clock: Option<(Time, WallTime)>,
    /// Whether it has left for good.
    pub(crate) has_left: bool,

    /// How many edits no commit has begun with.
    pub(crate) fresh: usize,
    /// Whether a commit is about to begin.
    pub(crate) commit_due: bool,
    /// The commit in progress.
    pub(crate) writing: Option<Writing>,
    /// What a commit has failed with, to be tried again.
    pub(crate) failed: Option<Batch>,
    /// Counts commits, to tell them apart.
    pub(crate) attempts: u64,

    /// What the runs that have ended have done.
    pub(crate) past: Stats,
    /// The most that was ever buffered of each.
    pub(crate) peak: Buffered,
    pub(crate) mistakes: BTreeSet<Mistake>,
    /// Deltas that came from a peer, to be sent back to it by mistake.
    pub(crate) echoes: BTreeMap<ReplicaId, Vec<DeltaGroup<Delta>>>,
}

impl<S: Replicated, D: Storage> Node<S, D> {
    /// `starts` is how often this disk, or one of the same node, has been started.
    pub(crate) fn down(disk: D, starts: u64) -> Self {
        Self {
            id: disk.node().run(0),
            starts,
            observer: Observer::new(&ObserveConfig::default(), 0),
            process: None,
            disk: Some(disk),
            clock: Clock::new(Time::ZERO, Duration::ZERO, 1.0),
            wall_clock: None,
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

    /// When something is due, by the network's time.
    pub(crate) fn poll_timeout(&self, now: Time) -> Option<Time> {
        let at = self.process.as_ref()?.replica().poll_timeout()?;
        self.clock.when(now, at)
    }

    pub(crate) fn crash(&mut self) {
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

    pub(crate) fn restart(
        &mut self,
        now: Time,
        config: Config,
        observe: &ObserveConfig,
        faults: &Faults,
        rng: &mut fastrand::Rng,
    ) -> Result<(), LoadError<D::Error>> {
        let Some(disk) = self.disk.take() else { return Ok(()) };
        let reuses = self.mistakes.contains(&Mistake::ReuseIncarnation);
        let incarnation = if reuses { self.starts.saturating_sub(1) } else { self.starts };
        let seed = config.seed;
        let mut process = Durable::open_as(disk, incarnation, config)?;
        process.replica_mut().set_event_capacity(Observer::EVENTS);
        self.observer = Observer::new(observe, seed ^ incarnation);
        self.starts = incarnation + 1;
        self.id = process.id();
        self.process = Some(process);
        let offset = faults.max_clock_offset.mul_f64(rng.f64());
        let rate = 1.0 + faults.clock_skew * (2.0 * rng.f64() - 1.0);
        self.clock = Clock::new(now, offset, rate);
        self.tell_time(now);
        Ok(())
    }

    /// Takes the events of the running process, as a driver does after whatever happens.
    pub(crate) fn observe(&mut self) {
        if let Some(process) = &mut self.process {
            self.observer.observe(process.replica_mut());
        }
    }

    /// Tells the running process what time it is, as a driver does before edits.
    pub(crate) fn tell_time(&mut self, now: Time) {
        if let (Some(wall), Some(process)) = (self.wall_time(now), &mut self.process) {
            let shown = self.clock.show(now);
            process.replica_mut().set_clock(shown, wall);
        }
    }
}

impl<S, D: Storage> Node<S, D> {
    /// What its wall clock shows, by the network's time.
    pub(crate) fn wall_time(&self, now: Time) -> Option<WallTime> {
        self.wall_clock.map(|(then, shown)| shown.saturating_add(now.since(then)))
    }

    /// How many of the last edits a crash would lose.
    pub(crate) fn unsaved(&self) -> usize {
        let writing = self.writing.as_ref().map(|writing| &writing.batch);
        let taken = writing.or(self.failed.as_ref()).map_or(0, |batch| batch.edits);
        self.fresh + taken
    }
}
