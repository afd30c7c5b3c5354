//! Nodes that gossip and vote, on a network and disks that fail.

mod links;

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use rejoin_core::{Causal, CausalContext};
use rejoin_durable::{Durable, Memory};
use rejoin_maps::GMap;
use rejoin_quorum::{
    ByKey, CoordinatorConfig, Level, NotVoting, OperationError, QuorumConfig, Quorums, Success,
    Ticket, Voters,
};
use rejoin_sets::AwSet;
use rejoin_sim::check::{Action, Operation};
use rejoin_store::{Config, NodeId, Replica, ReplicaId, Time};

/// The version and the checksum before the body.
const HEADER: usize = 5;

fn mutate(rng: &mut fastrand::Rng, message: &[u8]) -> Vec<u8> {
    let mut body = message[HEADER..].to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(0..body.len());
        match rng.u8(..6) {
            0 => body[at] ^= 1 << rng.u8(..8),
            1 => body[at] = body[at].wrapping_add(1),
            2 => body[at] = [0, 1, 0x7f, 0x80, 0xff][rng.usize(..5)],
            3 => body.insert(at, rng.u8(..4)),
            4 if body.len() > 1 => drop(body.remove(at)),
            _ => body.extend_from_within(at..),
        }
    }
    rejoin_codec::seal_bytes(message[0], &body)
}

pub(crate) type Objects = GMap<u8, Causal<AwSet<u64>>>;

/// How often nodes that are not connected try to be.
const DIAL: Duration = Duration::from_millis(5);

pub(crate) struct Node {
    pub(crate) durable: Durable<Objects, Memory>,
    pub(crate) quorums: Quorums<Objects, ByKey>,
    tickets: HashMap<Ticket, usize>,
}

pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) rng: fastrand::Rng,
    declared: Voters,
    /// What some nodes declare in its place.
    pub(crate) otherwise: BTreeMap<u128, Voters>,
    /// By number of the node, which is its id; a copy has another number than its node.
    pub(crate) nodes: BTreeMap<u128, Option<Node>>,
    pub(crate) disks: BTreeMap<u128, Memory>,
    /// Whether nodes greet as they should, and whether they are strict.
    pub(crate) guard: bool,
    pub(crate) strict: bool,
    links: BTreeSet<(u128, u128)>,
    next_dial: Time,
    pub(crate) refused: usize,
    /// Messages of `Quorums` so far.
    pub(crate) about_voters: usize,
    /// Why nodes have not voted, after each of their greetings.
    pub(crate) not_voting: Vec<NotVoting>,
    runs: u64,
    flying: BinaryHeap<Reverse<(Time, u64, ReplicaId, ReplicaId)>>,
    payloads: HashMap<u64, Vec<u8>>,
    sent: u64,
    pub(crate) loss: f64,
    /// How many of the messages between the members are altered, as an attacker would.
    pub(crate) spoil: f64,
    pub(crate) spoilt: usize,
    pub(crate) cut_off: Vec<u128>,
    /// If there are any, only nodes that have one in common reach each other.
    pub(crate) groups: Vec<Vec<u128>>,
    /// How long operations wait.
    pub(crate) patience: Duration,
    pub(crate) max_message: usize,
    unique: u64,
    pub(crate) history: Vec<Operation<u8>>,
    pub(crate) changed: Vec<Result<Success<Causal<AwSet<u64>>>, OperationError>>,
    pub(crate) failed: usize,
}

pub(crate) fn id(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

impl World {
    /// With nodes that run. In every other world, messages of several elements go in fragments.
    pub(crate) fn new(seed: u64, nodes: u128, voters: u128) -> Self {
        let mut world = Self::empty(seed, voters);
        if seed % 2 == 1 {
            world.max_message = 200;
        }
        (1..=nodes).for_each(|node| world.start(node));
        world
    }

    pub(crate) fn empty(seed: u64, voters: u128) -> Self {
        let declared = Voters::declare((1..=voters).map(id)).unwrap();
        Self {
            now: Time::ZERO,
            rng: fastrand::Rng::with_seed(seed),
            declared,
            otherwise: BTreeMap::new(),
            nodes: BTreeMap::new(),
            disks: BTreeMap::new(),
            guard: true,
            strict: false,
            links: BTreeSet::new(),
            next_dial: Time::ZERO,
            refused: 0,
            about_voters: 0,
            not_voting: Vec::new(),
            runs: 0,
            flying: BinaryHeap::new(),
            payloads: HashMap::new(),
            sent: 0,
            loss: 0.05,
            spoil: 0.0,
            spoilt: 0,
            cut_off: Vec::new(),
            groups: Vec::new(),
            patience: Duration::from_millis(40),
            max_message: QuorumConfig::default().max_message,
            unique: 0,
            history: Vec::new(),
            changed: Vec::new(),
            failed: 0,
        }
    }

    /// Starts a node, from its disk if it has one.
    pub(crate) fn start(&mut self, number: u128) {
        let disk = self.disks.remove(&number).unwrap_or_else(|| Memory::new(id(number)));
        self.start_with(number, disk);
    }

    /// Starts a node with this disk, under this number.
    pub(crate) fn start_with(&mut self, number: u128, disk: Memory) {
        self.runs += 1;
        let config = Config::default().with_seed(self.runs);
        let durable = Durable::<Objects, _>::open_as(disk, self.runs, config).unwrap();
        let coordinator = CoordinatorConfig::new(0).with_retry_interval(Duration::from_millis(20));
        let config = QuorumConfig::default()
            .with_coordinator(coordinator)
            .with_strict(self.strict)
            .with_max_message(self.max_message)
            .with_run_timeout(Duration::from_millis(30));
        let declared = self.otherwise.get(&number).unwrap_or(&self.declared).clone();
        let quorums = Quorums::new(durable.replica(), declared, config).unwrap();
        self.nodes.insert(number, Some(Node { durable, quorums, tickets: HashMap::new() }));
        self.dial();
        self.drive(number);
    }

    /// Ends a node; what it had not committed is gone, and with it those who waited there.
    pub(crate) fn crash(&mut self, number: u128) {
        let Some(node) = self.nodes.get_mut(&number).and_then(Option::take) else { return };
        let gone = node.durable.id();
        self.links.retain(|(a, b)| *a != number && *b != number);
        self.disks.insert(number, node.durable.into_storage());
        for node in self.nodes.values_mut().flatten() {
            node.durable.replica_mut().disconnected(gone);
        }
    }

    pub(crate) fn write(&mut self, at: u128, key: u8, level: Level) {
        let Some(Some(node)) = self.nodes.get_mut(&at) else { return };
        self.unique += 1;
        let unique = self.unique;
        let (replica, deadline) = (node.durable.replica_mut(), self.now + self.patience);
        let own = replica.id();
        let last = |replica: &Replica<Objects>| {
            replica.state().get(&key).map_or(0, |object| object.context().max(own))
        };
        let before = last(replica);
        let staged = node.quorums.stage(replica, level, deadline, |map| {
            map.entry(key).insert(unique);
        });
        let ((), ticket) = staged.expect("it can be encoded");
        let mut dots = CausalContext::new();
        dots.insert_run(own, before + 1..=last(replica));
        node.tickets.insert(ticket, self.history.len());
        let action = Action::Write { key, dots };
        self.history.push(Operation { session: 0, invoked: self.now, returned: None, action });
        self.maybe_drive(at);
    }

    pub(crate) fn read(&mut self, at: u128, key: u8, level: Level) {
        let Some(Some(node)) = self.nodes.get_mut(&at) else { return };
        let deadline = self.now + self.patience;
        let ticket = node.quorums.read(key, level, deadline);
        node.tickets.insert(ticket, self.history.len());
        let action = Action::Read { key: Some(key), seen: CausalContext::new() };
        self.history.push(Operation { session: 0, invoked: self.now, returned: None, action });
        self.maybe_drive(at);
    }

    /// Mostly at once; otherwise with what comes next.
    fn maybe_drive(&mut self, at: u128) {
        if self.rng.u8(..4) > 0 {
            self.drive(at);
        }
    }

    pub(crate) fn drive(&mut self, at: u128) {
        let Some(Some(node)) = self.nodes.get_mut(&at) else { return };
        node.durable.replica_mut().handle_timeout(self.now);
        node.quorums.handle_timeout(self.now);
        loop {
            node.quorums.prepare(node.durable.replica_mut());
            node.durable.commit().unwrap();
            if !node.quorums.release(self.now, node.durable.replica_mut()) {
                break;
            }
        }
        let own = node.durable.id();
        let refused = core::iter::from_fn(|| node.quorums.poll_refused());
        let refused: Vec<ReplicaId> = refused.map(|(run, _)| run).collect();
        let mut out = Vec::new();
        while let Some(transmit) = node.durable.replica_mut().poll_transmit(self.now) {
            out.push(transmit);
        }
        while let Some(transmit) = node.quorums.poll_transmit(node.durable.replica()) {
            out.push(transmit);
        }
        while let Some(ended) = node.quorums.poll_ended() {
            let Some(&index) = node.tickets.get(&ended.ticket) else {
                self.changed.push(ended.result);
                continue;
            };
            let operation = &mut self.history[index];
            match ended.result {
                Ok(Success::Updated) => operation.returned = Some(self.now),
                Ok(Success::Read(value)) => {
                    operation.returned = Some(self.now);
                    if let Action::Read { seen, .. } = &mut operation.action {
                        *seen = value.context().clone();
                    }
                }
                _ => self.failed += 1,
            }
        }
        for transmit in out {
            let is_about_voters = Quorums::<Objects, ByKey>::is_message(&transmit.payload);
            self.about_voters += usize::from(is_about_voters);
            for _ in 0..if self.rng.u8(..20) == 0 { 2 } else { 1 } {
                if self.rng.f64() >= self.loss {
                    let at = self.now + Duration::from_micros(self.rng.u64(300..3_000));
                    self.sent += 1;
                    self.payloads.insert(self.sent, transmit.payload.clone());
                    self.flying.push(Reverse((at, self.sent, own, transmit.to)));
                }
            }
        }
        self.refuse(at, refused);
    }

    fn step(&mut self) {
        let timeout = |node: &Node| {
            let quorums = node.quorums.poll_timeout();
            node.durable.replica().poll_timeout().into_iter().chain(quorums).min()
        };
        let timers = self
            .nodes
            .iter()
            .filter_map(|(number, node)| Some((timeout(node.as_ref()?)?.max(self.now), *number)));
        let timer = timers.min();
        let message = self.flying.peek().map(|Reverse((at, ..))| *at);
        match (message, timer) {
            (Some(at), timer) if timer.is_none_or(|(due, _)| at <= due) => {
                let Some(Reverse((at, name, from, to))) = self.flying.pop() else { return };
                let payload = self.payloads.remove(&name).unwrap();
                self.now = at;
                let (from_number, to_number) = (self.number(from), self.number(to));
                let (Some(from_number), Some(to_number)) = (from_number, to_number) else {
                    return;
                };
                let is_cut = self.is_cut(from_number, to_number);
                let Some(Some(node)) = self.nodes.get_mut(&to_number) else { return };
                if is_cut || !node.durable.replica().peers().any(|peer| peer == from) {
                    return;
                }
                if Quorums::<Objects, ByKey>::is_message(&payload) {
                    let replica = node.durable.replica_mut();
                    if self.rng.f64() < self.spoil {
                        let payload = mutate(&mut self.rng, &payload);
                        let handled = node.quorums.handle(self.now, from, &payload, replica);
                        self.spoilt += usize::from(handled.is_ok());
                    } else {
                        node.quorums.handle(self.now, from, &payload, replica).unwrap();
                    }
                } else {
                    // It may come from an earlier run of a peer.
                    let _ = node.durable.replica_mut().handle(self.now, from, &payload);
                }
                self.maybe_drive(to_number);
            }
            (_, Some((due, number))) => {
                self.now = due;
                self.drive(number);
            }
            _ => {}
        }
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.now < until {
            if self.next_dial <= self.now {
                self.next_dial = self.now + DIAL;
                self.dial();
            }
            self.step();
        }
    }

    pub(crate) fn up(&self) -> Vec<u128> {
        self.nodes.iter().filter(|(_, node)| node.is_some()).map(|(number, _)| *number).collect()
    }

    pub(crate) fn node(&mut self, number: u128) -> &mut Node {
        self.nodes.get_mut(&number).unwrap().as_mut().unwrap()
    }
}
