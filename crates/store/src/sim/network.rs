mod view;
mod wire;

use core::time::Duration;
use std::collections::BTreeMap;
use std::hash::DefaultHasher;

use rejoin_core::{Edit, ReplicaId};

use self::wire::between;
use super::node::Node;
use super::{Faults, NotConverged, Tally};
use crate::{Config, LoadError, Memory, Replicated, Storage, Time};

/// Replicas of one value, all connected to each other, and the messages between them.
///
/// Replicas are named by their index, in the order in which they came.
pub struct Network<S, D: Storage = Memory> {
    nodes: Vec<Node<S, D>>,
    config: Config,
    faults: Faults,
    rng: fastrand::Rng,
    now: Time,
    /// What is going to happen; of two events at one time, the one scheduled first comes first.
    events: BTreeMap<(Time, u64), Event>,
    scheduled: u64,
    in_flight: usize,
    tally: Tally,
    trace: DefaultHasher,
}

enum Event {
    Deliver { from: ReplicaId, to: ReplicaId, payload: Vec<u8> },
    Commit(usize),
}

impl<S: Replicated> Network<S> {
    /// A network of this many new replicas, with storage in memory.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "empty storage in memory can be opened")]
    pub fn new(seed: u64, replicas: usize, faults: Faults) -> Self {
        let ids = (1..).map(ReplicaId::from_u128).take(replicas);
        let mut network = Self::empty(seed, faults, Config::default());
        for id in ids {
            network.join(Memory::new(id)).expect("empty storage in memory");
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
            config: config.with_seed(seed),
            faults,
            rng: fastrand::Rng::with_seed(seed),
            now: Time::ZERO,
            events: BTreeMap::new(),
            scheduled: 0,
            in_flight: 0,
            tally: Tally::default(),
            trace: DefaultHasher::new(),
        }
    }

    /// Adds a replica, which may have history already, and returns its index.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    pub fn join(&mut self, storage: D) -> Result<usize, LoadError<D::Error>> {
        let index = self.nodes.len();
        self.nodes.push(Node::down(storage));
        self.restart(index)?;
        Ok(index)
    }

    /// Edits the value at replica `index`. It is durable after the replica's next commit, which
    /// comes within [`Faults::max_commit_delay`], and is sent then.
    ///
    /// # Panics
    ///
    /// When there is no such replica, or it is down.
    pub fn edit<R>(&mut self, index: usize, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> R
    where
        S: Edit,
    {
        let node = &mut self.nodes[index];
        let result = node.process.as_mut().expect("the replica is down").edit(edit);
        node.unsaved += 1;
        self.settle(index);
        result
    }

    /// Commits at replica `index` now, and returns whether that worked.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn commit(&mut self, index: usize) -> bool {
        let node = &mut self.nodes[index];
        node.commit_due = false;
        let Some(process) = &mut node.process else { return false };
        let committed = process.commit().is_ok();
        if committed {
            node.unsaved = 0;
        } else {
            self.tally.failed_commits += 1;
        }
        self.settle(index);
        committed
    }

    /// Ends the process of replica `index`: what it has not committed is lost.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn crash(&mut self, index: usize) {
        self.nodes[index].crash();
        let id = self.id(index);
        for node in &mut self.nodes {
            if let Some(process) = &mut node.process {
                process.replica_mut().disconnected(id);
            }
        }
    }

    /// Starts replica `index` again, from what it has committed, if it is down.
    ///
    /// # Errors
    ///
    /// When its storage cannot be read; it stays down then.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn restart(&mut self, index: usize) -> Result<(), LoadError<D::Error>> {
        if self.is_up(index) {
            return Ok(());
        }
        self.nodes[index].restart(self.config.clone())?;
        for other in (0..self.nodes.len()).filter(|other| *other != index) {
            if self.is_up(other) {
                self.connect(index, other);
                self.connect(other, index);
            }
        }
        self.settle_all();
        Ok(())
    }

    /// Cuts the network into these parts, and one of all replicas not named. Nobody is told:
    /// messages between the parts just get lost, those on their way included.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn partition(&mut self, parts: &[&[usize]]) {
        self.heal();
        for (part, members) in (1..).zip(parts) {
            for index in *members {
                self.nodes[*index].part = part;
            }
        }
    }

    /// Makes the network whole again.
    pub fn heal(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.part = 0);
    }

    /// Changes what happens to messages from now on.
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

    /// Runs until all running replicas are equal and durable, and no message is on its way.
    ///
    /// # Errors
    ///
    /// When that has not come to pass within `limit`.
    pub fn run_until_quiet(&mut self, limit: Duration) -> Result<Time, NotConverged>
    where
        S: PartialEq,
    {
        let until = self.now + limit;
        loop {
            if self.in_flight == 0 && self.is_durable() && self.is_converged() {
                return Ok(self.now);
            }
            if self.next_at().is_none_or(|at| at > until) {
                return Err(NotConverged { at: self.now });
            }
            self.step();
        }
    }

    /// The next event, taken out and done.
    fn happen(&mut self) {
        let Some((_, event)) = self.events.pop_first() else { return };
        match event {
            Event::Deliver { from, to, payload } => {
                self.in_flight -= 1;
                self.deliver(from, to, &payload);
            }
            Event::Commit(index) => {
                self.commit(index);
            }
        }
    }

    fn time_out(&mut self) {
        for process in self.nodes.iter_mut().filter_map(|node| node.process.as_mut()) {
            process.replica_mut().handle_timeout(self.now);
        }
        self.settle_all();
    }

    fn settle_all(&mut self) {
        for index in 0..self.nodes.len() {
            self.settle(index);
        }
    }

    /// Does what every caller of a replica does after an event: commit, some time, and send.
    fn settle(&mut self, index: usize) {
        let delay = self.faults.max_commit_delay;
        let node = &mut self.nodes[index];
        let Some(process) = &mut node.process else { return };
        if !process.replica().is_durable() && !node.commit_due {
            node.commit_due = true;
            let delay = between(&mut self.rng, Duration::ZERO, delay);
            self.events.insert((self.now + delay, self.scheduled), Event::Commit(index));
            self.scheduled += 1;
        }
        let from = process.id();
        while let Some(transmit) = self.poll_transmit(index) {
            self.send(from, transmit);
        }
    }
}
