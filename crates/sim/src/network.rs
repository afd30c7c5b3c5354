mod clocks;
mod disk;
mod ends;
mod inject;
mod life;
mod paths;
mod view;
mod wire;

use core::time::Duration;
use std::collections::BTreeMap;
use std::hash::DefaultHasher;

use rejoin_core::{Edit, NodeId, ReplicaId};
use rejoin_durable::{Memory, Storage};
use rejoin_observe::ObserveConfig;
use rejoin_store::{Config, Kind, Replicated, Time};

pub use self::ends::Violation;
use crate::faults::Faults;
use crate::links::Links;
use crate::node::Node;
use crate::not_converged::NotConverged;
use crate::tally::Tally;

/// What is said between equals.
const HEARTBEATS: [Kind; 2] = [Kind::Compare, Kind::Reply];

/// Replicas of one value, the links between them, and the messages on their way.
///
/// Replicas are named by their index, in the order in which they came. Each is linked with each
/// other, until they are [arranged](Self::arrange) otherwise.
pub struct Network<S, D: Storage = Memory> {
    pub(super) nodes: Vec<Node<S, D>>,
    links: Links,
    config: Config,
    observe: ObserveConfig,
    pub(super) faults: Faults,
    pub(super) rng: fastrand::Rng,
    now: Time,
    /// What is going to happen; of two events at one time, the one scheduled first comes first.
    events: BTreeMap<(Time, u64), Event>,
    scheduled: u64,
    /// How many messages are on their way, without heartbeats.
    in_flight: usize,
    pub(super) tally: Tally,
    trace: DefaultHasher,
    /// What a reader may read after what.
    may_follow: Option<fn(&S, &S) -> bool>,
    torn: Option<(usize, Time)>,
}

pub(super) enum Event {
    Deliver {
        from: ReplicaId,
        to: ReplicaId,
        payload: Vec<u8>,
        is_heartbeat: bool,
    },
    /// A commit begins.
    Commit(usize),
    /// What it brings reaches the disk.
    Store {
        index: usize,
        attempt: u64,
    },
    /// The disk says so.
    Finish {
        index: usize,
        attempt: u64,
    },
}

impl<S: Replicated> Network<S> {
    /// A network of this many new replicas, with storage in memory.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "empty storage in memory can be opened")]
    pub fn new(seed: u64, replicas: usize, faults: Faults) -> Self {
        let nodes = (1..).map(NodeId::from_u128).take(replicas);
        let mut network = Self::empty(seed, faults, Config::default());
        for node in nodes {
            network.join(Memory::new(node)).expect("empty storage in memory");
        }
        network
    }
}

impl<S: Replicated, D: Storage> Network<S, D> {
    /// A network without replicas, for [`join`](Self::join) with storages of any kind.
    ///
    /// The seed of `config` is replaced by `seed`.
    #[must_use]
    pub fn empty(seed: u64, faults: Faults, config: Config) -> Self {
        Self {
            nodes: Vec::new(),
            links: Links::open(),
            config: config.with_seed(seed),
            observe: ObserveConfig::default(),
            faults,
            rng: fastrand::Rng::with_seed(seed),
            now: Time::ZERO,
            events: BTreeMap::new(),
            scheduled: 0,
            in_flight: 0,
            tally: Tally::default(),
            trace: DefaultHasher::new(),
            may_follow: None,
            torn: None,
        }
    }

    /// Edits the value at replica `index`: applied at once, durable after the replica's next
    /// commit, which begins within [`Faults::max_commit_delay`], and sent then.
    ///
    /// # Panics
    ///
    /// When there is no such replica, when it is down, or when it refuses the edit.
    pub fn stage<R>(&mut self, index: usize, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> R
    where
        S: Edit,
    {
        let node = &mut self.nodes[index];
        node.tell_time(self.now);
        let process = node.process.as_mut().expect("the replica is down");
        let result = process.stage(edit).expect("the edit can be encoded");
        node.fresh += 1;
        self.settle(index);
        result
    }

    /// Lets replicas that start from now on be observed so.
    pub fn set_observe(&mut self, observe: ObserveConfig) {
        self.observe = observe;
    }

    /// Checks each message: `may_follow` says whether one who has read the first value at a replica
    /// may read the second one there when the message has been handled. A value that was read from
    /// a disk is checked as one that follows itself.
    ///
    /// It finds reads of a part of an edit. [`conclude`](Self::conclude) reports the first one.
    pub fn check_reads(&mut self, may_follow: fn(before: &S, after: &S) -> bool) {
        self.may_follow = Some(may_follow);
    }

    /// Changes what goes on from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Goes on to the next event, and returns whether there was one.
    pub fn step(&mut self) -> bool {
        let Some(at) = self.next_at() else { return false };
        self.now = at;
        match self.events.first_key_value() {
            Some((key, _)) if key.0 == at => self.happen(),
            _ => self.time_out(),
        }
        true
    }

    /// Runs for this long.
    pub fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = until;
    }

    /// Runs until all running replicas are equal and durable, and no messages are on their way but
    /// heartbeats: those by which replicas tell now and then that they are equal.
    ///
    /// # Errors
    ///
    /// When that has not come to pass within `limit`.
    pub fn run_until_quiet(&mut self, limit: Duration) -> Result<Time, NotConverged>
    where
        S: PartialEq,
    {
        let is_quiet = |network: &Self| {
            network.in_flight == 0 && network.is_durable() && network.is_converged()
        };
        if self.run_until(self.now + limit, is_quiet) {
            Ok(self.now)
        } else {
            Err(NotConverged { at: self.now })
        }
    }

    /// Runs until this holds, and returns whether it did in time.
    fn run_until(&mut self, until: Time, holds: impl Fn(&Self) -> bool) -> bool {
        while !holds(self) {
            if self.next_at().is_none_or(|at| at > until) {
                return false;
            }
            self.step();
        }
        true
    }

    pub(super) fn schedule(&mut self, after: Duration, event: Event) {
        self.events.insert((self.now + after, self.scheduled), event);
        self.scheduled += 1;
    }

    /// The next event, taken out and done.
    fn happen(&mut self) {
        let Some((_, event)) = self.events.pop_first() else { return };
        match event {
            Event::Deliver { from, to, payload, is_heartbeat } => {
                self.in_flight -= usize::from(!is_heartbeat);
                self.deliver(from, to, &payload);
            }
            Event::Commit(index) => self.begin_commit(index),
            Event::Store { index, attempt } => self.reach_disk(index, attempt),
            Event::Finish { index, attempt } => self.finish_commit(index, attempt),
        }
    }

    fn time_out(&mut self) {
        for node in &mut self.nodes {
            let now = node.clock.show(self.now);
            if let Some(process) = &mut node.process {
                process.replica_mut().handle_timeout(now);
            }
        }
        self.settle_all();
    }

    fn settle_all(&mut self) {
        for index in 0..self.nodes.len() {
            self.settle(index);
        }
    }

    /// Does what every caller of a replica does after an event: commit, some time, and send.
    pub(super) fn settle(&mut self, index: usize) {
        self.nodes[index].observe();
        self.schedule_commit(index);
        let from = self.nodes[index].id;
        while let Some((transmit, is_heartbeat)) = self.poll_transmit(index) {
            self.send(from, transmit, is_heartbeat);
        }
        let node = &mut self.nodes[index];
        if let Some(process) = node.process.as_ref().filter(|p| p.replica().is_durable()) {
            node.peak = node.peak.max(process.replica().buffered());
        }
    }
}
