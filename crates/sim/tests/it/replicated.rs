//! `Quorums` over replicas that gossip, crash, lose their disks and change their voters.

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use rejoin_core::{Causal, CausalContext};
use rejoin_durable::{Durable, Memory};
use rejoin_maps::GMap;
use rejoin_quorum::{
    ByKey, CoordinatorConfig, Level, OperationError, Quorum, QuorumConfig, Quorums, Success,
    Ticket, Voters,
};
use rejoin_sets::AwSet;
use rejoin_sim::check::{Action, Operation, linearizable};
use rejoin_store::{Config, NodeId, ReplicaId, Time};

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

type Objects = GMap<u8, Causal<AwSet<u64>>>;

struct Node {
    durable: Durable<Objects, Memory>,
    quorums: Quorums<Objects, ByKey>,
    tickets: HashMap<Ticket, usize>,
}

struct World {
    now: Time,
    rng: fastrand::Rng,
    declared: Voters,
    /// By number of the node, which is its id.
    nodes: BTreeMap<u128, Option<Node>>,
    disks: BTreeMap<u128, Memory>,
    runs: u64,
    flying: BinaryHeap<Reverse<(Time, u64, ReplicaId, ReplicaId)>>,
    payloads: HashMap<u64, Vec<u8>>,
    sent: u64,
    loss: f64,
    /// How many of the messages between the members are altered, as an attacker would.
    spoil: f64,
    spoilt: usize,
    cut_off: Vec<u128>,
    unique: u64,
    history: Vec<Operation<u8>>,
    changed: Vec<Result<Success<Causal<AwSet<u64>>>, OperationError>>,
    failed: usize,
}

fn id(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

fn number(id: ReplicaId) -> u128 {
    u128::from_be_bytes(*id.node().as_bytes())
}

impl World {
    fn new(seed: u64, nodes: u128, voters: u128) -> Self {
        let declared = Voters::declare((1..=voters).map(id)).unwrap();
        let mut world = Self {
            now: Time::ZERO,
            rng: fastrand::Rng::with_seed(seed),
            declared,
            nodes: BTreeMap::new(),
            disks: BTreeMap::new(),
            runs: 0,
            flying: BinaryHeap::new(),
            payloads: HashMap::new(),
            sent: 0,
            loss: 0.05,
            spoil: 0.0,
            spoilt: 0,
            cut_off: Vec::new(),
            unique: 0,
            history: Vec::new(),
            changed: Vec::new(),
            failed: 0,
        };
        (1..=nodes).for_each(|node| world.start(node));
        world
    }

    /// Starts a node, from its disk if it has one.
    fn start(&mut self, number: u128) {
        self.runs += 1;
        let disk = self.disks.remove(&number).unwrap_or_else(|| Memory::new(id(number)));
        let config = Config::default().with_seed(self.runs);
        let mut durable = Durable::<Objects, _>::open_as(disk, self.runs, config).unwrap();
        let own = durable.id();
        for node in self.nodes.values_mut().flatten() {
            node.durable.replica_mut().connected(self.now, own);
            durable.replica_mut().connected(self.now, node.durable.id());
        }
        let coordinator = CoordinatorConfig::new(0).with_retry_interval(Duration::from_millis(20));
        let config = QuorumConfig::default().with_coordinator(coordinator);
        let quorums = Quorums::new(durable.replica(), self.declared.clone(), config).unwrap();
        self.nodes.insert(number, Some(Node { durable, quorums, tickets: HashMap::new() }));
        self.drive(number);
    }

    /// Ends a node; what it had not committed is gone, and with it those who waited there.
    fn crash(&mut self, number: u128) {
        let Some(node) = self.nodes.get_mut(&number).and_then(Option::take) else { return };
        let gone = node.durable.id();
        self.disks.insert(number, node.durable.into_storage());
        for node in self.nodes.values_mut().flatten() {
            node.durable.replica_mut().disconnected(gone);
        }
    }

    fn write(&mut self, at: u128, key: u8, level: Level) {
        let Some(Some(node)) = self.nodes.get_mut(&at) else { return };
        self.unique += 1;
        let unique = self.unique;
        let own = node.durable.id();
        let (_, delta) = node
            .durable
            .replica_mut()
            .stage_apart(|map| {
                map.entry(key).insert(unique);
            })
            .expect("it can be encoded");
        let mut dots = CausalContext::new();
        let delta_dots = delta.get(&key).unwrap().context();
        delta_dots.runs_of(own).for_each(|seqs| {
            dots.insert_run(own, seqs);
        });
        let deadline = self.now + Duration::from_millis(40);
        let ticket = node.quorums.update(delta, level, deadline);
        node.tickets.insert(ticket, self.history.len());
        let action = Action::Write { key, dots };
        self.history.push(Operation { session: 0, invoked: self.now, returned: None, action });
        self.maybe_drive(at);
    }

    fn read(&mut self, at: u128, key: u8, level: Level) {
        let Some(Some(node)) = self.nodes.get_mut(&at) else { return };
        let deadline = self.now + Duration::from_millis(40);
        let ticket = node.quorums.read(key, level, deadline);
        node.tickets.insert(ticket, self.history.len());
        let action = Action::Read { key: Some(key), seen: CausalContext::new() };
        self.history.push(Operation { session: 0, invoked: self.now, returned: None, action });
        self.maybe_drive(at);
    }

    /// Mostly at once; otherwise with whatever comes next.
    fn maybe_drive(&mut self, at: u128) {
        if self.rng.u8(..4) > 0 {
            self.drive(at);
        }
    }

    fn drive(&mut self, at: u128) {
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
            for _ in 0..if self.rng.u8(..20) == 0 { 2 } else { 1 } {
                if self.rng.f64() >= self.loss {
                    let at = self.now + Duration::from_micros(self.rng.u64(300..3_000));
                    self.sent += 1;
                    self.payloads.insert(self.sent, transmit.payload.clone());
                    self.flying.push(Reverse((at, self.sent, own, transmit.to)));
                }
            }
        }
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
                let ends = [number(from), number(to)];
                let is_cut = ends.iter().filter(|end| self.cut_off.contains(end)).count() == 1;
                let Some(Some(node)) = self.nodes.get_mut(&ends[1]) else { return };
                if is_cut || node.durable.id() != to {
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
                self.maybe_drive(ends[1]);
            }
            (_, Some((due, number))) => {
                self.now = due;
                self.drive(number);
            }
            _ => {}
        }
    }

    fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.now < until {
            self.step();
        }
    }

    fn up(&self) -> Vec<u128> {
        self.nodes.iter().filter(|(_, node)| node.is_some()).map(|(number, _)| *number).collect()
    }
}

/// Whether this operation counts as one of the level in question; eventual writes are between them.
fn run(seed: u64, level: Level) -> World {
    let mut world = World::new(seed, 5, 3);
    let mut voters = [1, 2, 3];
    let mut next = 6;
    for _ in 0..60 {
        for _ in 0..3 {
            let up = world.up();
            let at = up[world.rng.usize(..up.len())];
            let key = world.rng.u8(..2);
            match world.rng.u8(..2) {
                0 => world.write(at, key, level),
                _ => world.read(at, key, level),
            }
            let pause = world.rng.u64(..4_000);
            world.run_for(Duration::from_micros(pause));
        }
        let victim = 1 + u128::from(world.rng.u8(..5));
        match world.rng.u8(..12) {
            0 | 1 if world.up().len() >= world.nodes.len() => world.crash(victim),
            2..5 => {
                let down: Vec<u128> = world.disks.keys().copied().collect();
                down.into_iter().for_each(|number| world.start(number));
            }
            5 => world.cut_off = vec![victim],
            6 => world.cut_off.clear(),
            // A voter loses its disk. Another node takes its place.
            7 if next < 9 && world.up().len() == world.nodes.len() => {
                let place = world.rng.usize(..3);
                world.crash(voters[place]);
                world.disks.remove(&voters[place]);
                world.nodes.remove(&voters[place]);
                voters[place] = next;
                world.start(next);
                next += 1;
                let at = *world.nodes.keys().next().unwrap();
                let Some(Some(node)) = world.nodes.get_mut(&at) else { continue };
                let deadline = world.now + Duration::from_secs(2);
                let to: Vec<NodeId> = voters.iter().map(|voter| id(*voter)).collect();
                if node.quorums.change_voters(world.now, to, deadline).is_ok() {
                    world.cut_off.clear();
                    world.drive(at);
                    world.run_for(Duration::from_secs(2));
                }
            }
            _ => {}
        }
    }
    world.cut_off.clear();
    let down: Vec<u128> = world.disks.keys().copied().collect();
    down.into_iter().for_each(|number| world.start(number));
    world.loss = 0.0;
    world.run_for(Duration::from_secs(5));
    world
}

fn seeds(most: u64) -> core::ops::Range<u64> {
    0..std::env::var("REJOIN_SEEDS").map_or(most, |seeds| seeds.parse().expect("a number"))
}

#[test]
fn strong_operations_on_replicated_objects_are_linearizable() {
    let (mut returned, mut failed, mut changed) = (0, 0, 0);
    for seed in seeds(60) {
        let world = run(seed, Level::Strong);
        linearizable(&world.history).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        returned += world.history.iter().filter(|operation| operation.returned.is_some()).count();
        failed += world.failed;
        changed += world.changed.iter().filter(|change| change.is_ok()).count();

        // Everything that was confirmed is everywhere in the end.
        let states: Vec<&Objects> =
            world.nodes.values().flatten().map(|node| node.durable.state()).collect();
        assert!(states.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: not equal");
        for operation in world.history.iter().filter(|operation| operation.returned.is_some()) {
            if let Action::Write { key, dots } = &operation.action {
                let seen = states[0].get(key).unwrap().context();
                assert!(seen.is_superset(dots), "seed {seed}: a confirmed write is lost");
            }
        }
    }
    let seeds = usize::try_from(seeds(60).end).unwrap();
    assert!(
        returned > 100 * seeds && failed > seeds && changed > seeds / 2,
        "{returned} {failed} {changed}"
    );
}

/// No panic, no endless loop, and everybody goes on.
#[test]
fn members_take_any_message_that_can_be_read() {
    let mut spoilt = 0;
    for seed in seeds(40) {
        let mut world = World::new(seed, 4, 3);
        world.spoil = 0.3;
        for _ in 0..60 {
            let (at, key) = (1 + u128::from(world.rng.u8(..4)), world.rng.u8(..2));
            match world.rng.u8(..8) {
                0..4 => world.write(at, key, Level::Strong),
                4 => world.read(at, key, Level::Quorum(Quorum::Majority)),
                5 => {
                    let Some(Some(node)) = world.nodes.get_mut(&at) else { continue };
                    let deadline = world.now + Duration::from_millis(50);
                    let _ = node.quorums.change_voters(world.now, [1, 2, 4].map(id), deadline);
                }
                _ => world.read(at, key, Level::Strong),
            }
            world.run_for(Duration::from_millis(3));
        }
        spoilt += world.spoilt;
        let before = world.history.len();
        (world.spoil, world.loss) = (0.0, 0.0);
        world.write(1, 9, Level::Eventual);
        world.drive(1); // nothing else may come in time
        world.run_for(Duration::from_millis(100));
        assert!(world.history[before].returned.is_some(), "seed {seed}");
    }
    assert!(spoilt > 500, "{spoilt}");
}

#[test]
fn quorum_operations_on_replicated_objects_are_not() {
    let majority = Level::Quorum(Quorum::Majority);
    assert!(seeds(60).any(|seed| linearizable(&run(seed, majority).history).is_err()));
}
