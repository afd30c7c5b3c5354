//! A seeded network of acceptors and coordinators, on simulated time, that records what happens.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{Causal, CausalContext, Crdt, Dot, DotSet, Edit, NodeId};
use rejoin_quorum::{
    Acceptor, Coordinator, CoordinatorConfig, Fairness, Level, OperationId, Reply, Request,
    Success, Voters,
};
use rejoin_sim::check::{Action, Operation};
use rejoin_store::Time;

/// The least that has dots.
type Value = Causal<DotSet>;

/// What messages go through, and disks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) loss: f64,
    pub(crate) duplicate: f64,
    /// The shortest and the longest way of a message.
    pub(crate) delay: (Duration, Duration),
    /// The longest time until something is durable.
    pub(crate) commit: Duration,
    /// How long acceptors hold writes back for reads that starve, at least and at most.
    pub(crate) hold: Duration,
    pub(crate) max_hold: Duration,
}

impl Faults {
    /// 0.5 to 1.5 ms each way, and nothing else.
    pub(crate) fn none() -> Self {
        let delay = (Duration::from_micros(500), Duration::from_micros(1500));
        let hold = Duration::from_millis(4);
        let max_hold = Fairness::default().max_hold;
        Self { loss: 0.0, duplicate: 0.0, delay, commit: Duration::ZERO, hold, max_hold }
    }

    pub(crate) fn harsh() -> Self {
        let delay = (Duration::from_micros(500), Duration::from_millis(10));
        let hold = Duration::from_millis(20);
        let commit = Duration::from_millis(2);
        Self { loss: 0.1, duplicate: 0.1, delay, commit, hold, ..Self::none() }
    }
}

/// What a node does all the time, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Idle,
    Write(Level),
    Read(Level),
    /// By turns.
    Both(Level),
}

pub(crate) struct Node {
    pub(crate) acceptor: Acceptor<Value>,
    pub(crate) coordinator: Coordinator<Value>,
    disk: (Value, Option<Voters>),
    committing: bool,
    pub(crate) up: bool,
    lost: bool,
    role: Role,
    written: u64,
    turn: bool,
    /// What it has written and read.
    known: Value,
    lives: u64,
    running: BTreeMap<OperationId, usize>,
}

enum Event {
    Request { from: usize, to: usize, request: Request<Value> },
    Reply { from: usize, to: usize, reply: Reply<Value> },
    Commit { node: usize, lives: u64 },
}

pub(crate) struct Net {
    pub(crate) nodes: Vec<Node>,
    pub(crate) history: Vec<Operation<()>>,
    /// How many round trips each operation has taken that has ended well.
    pub(crate) round_trips: BTreeMap<usize, u32>,
    pub(crate) failed: usize,
    pub(crate) now: Time,
    pub(crate) faults: Faults,
    pub(crate) patience: Duration,
    /// Nodes that cannot be reached, and reach nobody.
    pub(crate) cut_off: Vec<usize>,
    voters: Voters,
    rng: fastrand::Rng,
    events: BTreeMap<(Time, u64), Event>,
    scheduled: u64,
    /// The changes of voters that have been begun and have ended.
    pub(crate) changed: usize,
    changing: BTreeSet<(usize, OperationId)>,
}

pub(crate) fn id(node: usize) -> NodeId {
    NodeId::from_u128(node as u128 + 1)
}

fn index(id: NodeId) -> usize {
    usize::from(id.as_bytes()[15]) - 1
}

impl Net {
    /// `voters` voters, the first ones of as many nodes as there are roles.
    pub(crate) fn new(seed: u64, voters: usize, roles: &[Role], faults: Faults) -> Self {
        let mut net = Self {
            nodes: Vec::new(),
            history: Vec::new(),
            round_trips: BTreeMap::new(),
            failed: 0,
            now: Time::ZERO,
            faults,
            patience: Duration::from_secs(1),
            cut_off: Vec::new(),
            voters: Voters::declare((0..voters).map(id)).unwrap(),
            rng: fastrand::Rng::with_seed(seed),
            events: BTreeMap::new(),
            scheduled: 0,
            changed: 0,
            changing: BTreeSet::new(),
        };
        for role in roles {
            net.join(*role);
        }
        net
    }

    /// Adds a node.
    pub(crate) fn join(&mut self, role: Role) -> usize {
        let node = self.nodes.len();
        let coordinator = self.coordinator(node);
        self.nodes.push(Node {
            acceptor: self.acceptor((Value::default(), None)),
            coordinator,
            disk: (Value::default(), None),
            committing: false,
            up: true,
            lost: false,
            role,
            written: 0,
            turn: true,
            known: Value::default(),
            lives: 0,
            running: BTreeMap::new(),
        });
        node
    }

    fn acceptor(&self, (state, voters): (Value, Option<Voters>)) -> Acceptor<Value> {
        let fairness =
            Fairness::default().with_hold(self.faults.hold).with_max_hold(self.faults.max_hold);
        Acceptor::recovered(state, voters, fairness).with_differences()
    }

    fn coordinator(&mut self, node: usize) -> Coordinator<Value> {
        let config =
            CoordinatorConfig::new(self.rng.u64(..)).with_retry_interval(Duration::from_millis(25));
        Coordinator::new(id(node), self.voters.clone(), config)
    }

    /// Starts what the nodes do.
    pub(crate) fn start(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.settle(node));
    }

    /// Runs for this long.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        loop {
            let event = self.events.first_key_value().map(|(key, _)| key.0);
            let timer = self.timer();
            let Some(at) = event.into_iter().chain(timer).min().filter(|at| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            if event == Some(at) {
                if let Some((_, event)) = self.events.pop_first() {
                    self.happen(event);
                }
            } else {
                self.time_out();
            }
        }
        self.now = until;
    }

    fn timer(&self) -> Option<Time> {
        let up = self.nodes.iter().filter(|node| node.up);
        up.flat_map(|node| [node.acceptor.poll_timeout(), node.coordinator.poll_timeout()])
            .flatten()
            .min()
    }

    fn time_out(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].up {
                let now = self.now;
                self.nodes[node].acceptor.handle_timeout(now);
                self.nodes[node].coordinator.handle_timeout(now);
                self.settle(node);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Request { from, to, request } if self.reaches(from, to) => {
                self.nodes[to].acceptor.handle(now, id(from), request);
                self.settle(to);
            }
            Event::Reply { from, to, reply } if self.reaches(from, to) => {
                self.nodes[to].coordinator.handle(now, id(from), reply);
                self.settle(to);
            }
            Event::Commit { node, lives } if self.nodes[node].lives == lives => {
                self.commit(node);
                self.settle(node);
            }
            _ => {}
        }
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        let cut = |node| self.cut_off.contains(&node);
        self.nodes[to].up && (from == to || !cut(from) && !cut(to))
    }

    fn commit(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        node.committing = false;
        if let Some(record) = node.acceptor.pending() {
            node.disk.0.merge(record.delta);
            if record.voters.is_some() {
                node.disk.1 = record.voters;
            }
            node.acceptor.persisted(record.number);
        }
    }

    /// Ends a node's process; what it was doing is never heard of again.
    pub(crate) fn crash(&mut self, node: usize) {
        self.nodes[node].up = false;
        self.nodes[node].lives += 1;
        self.nodes[node].running.clear();
        // Whoever has declared a change comes back to it.
        self.changing.retain(|(at, _)| *at != node);
    }

    /// Crashes it for good, and its disk with it.
    pub(crate) fn lose(&mut self, node: usize) {
        self.crash(node);
        self.nodes[node].lost = true;
    }

    /// Starts it again from its disk, if it is down and has one.
    pub(crate) fn restart_if_down(&mut self, node: usize) {
        if self.nodes[node].up || self.nodes[node].lost {
            return;
        }
        let disk = self.nodes[node].disk.clone();
        let mut coordinator = self.coordinator(node);
        if let Some(voters) = disk.1.clone() {
            coordinator.adopt(self.now, voters);
        }
        let acceptor = self.acceptor(disk);
        let started = &mut self.nodes[node];
        (started.acceptor, started.coordinator) = (acceptor, coordinator);
        (started.committing, started.up) = (false, true);
        self.settle(node);
    }

    /// Changes the voters, from this node.
    pub(crate) fn change_voters(&mut self, node: usize, to: &[usize]) {
        let deadline = self.now + Duration::from_secs(60);
        let to = to.iter().copied().map(id);
        let now = self.now;
        let operation = self.nodes[node].coordinator.change_voters(now, to, deadline).unwrap();
        self.changing.insert((node, operation));
        self.settle(node);
    }

    pub(crate) fn is_changing(&self) -> bool {
        !self.changing.is_empty()
    }

    pub(crate) fn stop(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.role = Role::Idle);
    }

    /// Begins an operation, and records it.
    pub(crate) fn begin(&mut self, at: usize, role: Role) {
        let (now, deadline) = (self.now, self.now + self.patience);
        let node = &mut self.nodes[at];
        let role = match role {
            Role::Both(level) if node.turn => Role::Write(level),
            Role::Both(level) => Role::Read(level),
            role => role,
        };
        node.turn = !node.turn;
        let (operation, action) = match role {
            Role::Idle | Role::Both(_) => return,
            Role::Write(level) => {
                node.written += 1;
                let dots = CausalContext::from(Dot::new(id(at).run(0), node.written).unwrap());
                let delta = node.known.edit(id(at).run(0), |set| set.write());
                assert!(node.known.context().is_superset(&dots));
                let operation = node.coordinator.update(now, delta, level, deadline);
                (operation, Action::Write { key: (), dots })
            }
            Role::Read(level) => {
                let operation = node.coordinator.read(now, node.known.clone(), level, deadline);
                (operation, Action::Read { key: Some(()), seen: CausalContext::new() })
            }
        };
        node.running.insert(operation, self.history.len());
        self.history.push(Operation { session: at as u64, invoked: now, returned: None, action });
    }

    /// Does what every driver does after an event.
    fn settle(&mut self, at: usize) {
        loop {
            let mut busy = false;
            while let Some(done) = self.nodes[at].coordinator.poll_done() {
                busy = true;
                if self.changing.remove(&(at, done.operation)) {
                    assert!(matches!(done.result, Ok(Success::Changed(_))), "{:?}", done.result);
                    self.changed += 1;
                    continue;
                }
                let Some(index) = self.nodes[at].running.remove(&done.operation) else { continue };
                match done.result {
                    Ok(success) => {
                        self.round_trips.insert(index, done.round_trips);
                        let operation = &mut self.history[index];
                        operation.returned = Some(self.now);
                        if let (Success::Read(value), Action::Read { seen, .. }) =
                            (success, &mut operation.action)
                        {
                            self.nodes[at].known.merge(value.clone());
                            *seen = value.seen();
                        }
                    }
                    Err(_) => self.failed += 1,
                }
            }
            if self.nodes[at].running.is_empty() && self.nodes[at].role != Role::Idle {
                self.begin(at, self.nodes[at].role);
                busy = true;
            }
            while let Some(outgoing) = self.nodes[at].coordinator.poll_transmit() {
                let (to, request) = (index(outgoing.to), outgoing.message);
                self.send(at, to, || Event::Request { from: at, to, request: request.clone() });
            }
            if !busy {
                break;
            }
        }
        let node = &mut self.nodes[at];
        if !node.acceptor.is_durable() {
            if self.faults.commit.is_zero() {
                self.commit(at);
            } else if !node.committing {
                node.committing = true;
                let lives = node.lives;
                let after = self.faults.commit.mul_f64(self.rng.f64());
                self.schedule(after, Event::Commit { node: at, lives });
            }
        }
        while let Some(outgoing) = self.nodes[at].acceptor.poll_transmit() {
            let (to, reply) = (index(outgoing.to), outgoing.message);
            self.send(at, to, || Event::Reply { from: at, to, reply: reply.clone() });
        }
    }

    fn send(&mut self, from: usize, to: usize, event: impl Fn() -> Event) {
        let copies = 1 + usize::from(self.rng.f64() < self.faults.duplicate);
        for _ in 0..copies {
            if from != to && self.rng.f64() < self.faults.loss {
                continue;
            }
            let (min, max) = self.faults.delay;
            let delay =
                if from == to { Duration::ZERO } else { (max - min).mul_f64(self.rng.f64()) + min };
            self.schedule(delay, event());
        }
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.scheduled += 1;
        self.events.insert((self.now + after, self.scheduled), event);
    }
}
