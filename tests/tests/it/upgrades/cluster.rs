//! Nodes of three versions gossip and vote, crash, are cut off, and are upgraded and downgraded.
//!
//! Each run is made twice: once with the versions, and once with nodes that know all fields and do
//! the same. Every message, every state and everything that is read has to have the same bytes.

mod machine;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use quickcheck::{Arbitrary, Gen};
use rejoin_core::{CausalContext, ReplicaId};
use rejoin_durable::Memory;
use rejoin_quorum::Level;
use rejoin_sim::check::{Action, Operation, linearizable};
use rejoin_store::{NodeId, Time};

use self::machine::{At, Machine};
use crate::upgrades::edits::Change;
use crate::upgrades::seeds;

/// How many nodes there are, of which three vote.
const NODES: u128 = 4;

/// How often nodes that are not connected try to be.
const DIAL: Duration = Duration::from_millis(5);

/// The version of a type that drops what it does not know.
const FORGETFUL: u8 = 9;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Of these versions.
    Versions,
    /// With nodes that know everything in their place.
    Knowing,
    /// With one that forgets in the place of version 1.
    Forgetting,
}

/// A message: when it comes, its number, from whom to whom, and itself.
type Flying = (Time, u64, ReplicaId, ReplicaId, Vec<u8>);

struct Cluster {
    kind: Kind,
    now: Time,
    rng: fastrand::Rng,
    g: Gen,
    /// The version of each node, by its number.
    versions: BTreeMap<u128, u8>,
    up: BTreeMap<u128, Box<dyn Machine>>,
    disks: BTreeMap<u128, Memory>,
    links: BTreeSet<(u128, u128)>,
    cut_off: Option<u128>,
    next_dial: Time,
    runs: u64,
    max_message: usize,
    loss: f64,
    flying: BinaryHeap<Reverse<Flying>>,
    sent: u64,
    history: Vec<Operation<u8>>,
    /// Of everything that was sent and read.
    trace: DefaultHasher,
}

impl Cluster {
    fn new(seed: u64, kind: Kind) -> Self {
        let mut cluster = Self {
            kind,
            now: Time::ZERO,
            rng: fastrand::Rng::with_seed(seed),
            g: Gen::from_size_and_seed(3, seed),
            versions: BTreeMap::new(),
            up: BTreeMap::new(),
            disks: BTreeMap::new(),
            links: BTreeSet::new(),
            cut_off: None,
            next_dial: Time::ZERO,
            runs: 0,
            max_message: if seed.is_multiple_of(2) { 1 << 20 } else { 300 },
            loss: 0.05,
            flying: BinaryHeap::new(),
            sent: 0,
            history: Vec::new(),
            trace: DefaultHasher::new(),
        };
        for number in 1..=NODES {
            let version = cluster.rng.u8(1..=3);
            cluster.disks.insert(number, Memory::new(NodeId::from_u128(number)));
            cluster.start(number, version);
        }
        cluster
    }

    fn start(&mut self, number: u128, version: u8) {
        let Some(disk) = self.disks.remove(&number) else { return };
        self.runs += 1;
        self.versions.insert(number, version);
        let version = match self.kind {
            Kind::Versions => version,
            Kind::Knowing => 0,
            Kind::Forgetting if version == 1 => FORGETFUL,
            Kind::Forgetting => version,
        };
        let machine = machine::start(version, disk, self.runs, self.max_message);
        machine.state().hash(&mut self.trace);
        self.up.insert(number, machine);
        self.dial();
        self.drive(number);
    }

    fn crash(&mut self, number: u128) {
        let Some(machine) = self.up.remove(&number) else { return };
        self.links.retain(|(a, b)| *a != number && *b != number);
        let gone = machine.id();
        self.disks.insert(number, machine.crash());
        self.up.values_mut().for_each(|other| other.disconnected(gone));
    }

    /// Connects all that can be.
    fn dial(&mut self) {
        let numbers: Vec<u128> = self.up.keys().copied().collect();
        for (at, a) in numbers.iter().enumerate() {
            for b in &numbers[at + 1..] {
                if !self.links.contains(&(*a, *b)) && !self.is_cut(*a, *b) && self.greet(*a, *b) {
                    self.links.insert((*a, *b));
                    for (at, peer) in [(a, b), (b, a)] {
                        let peer = self.up[peer].id();
                        self.with(*at, |machine, now| machine.connected(now, peer));
                        self.drive(*at);
                    }
                }
            }
        }
    }

    fn greet(&mut self, a: u128, b: u128) -> bool {
        let told = [b, a].map(|peer| (self.up[&peer].id(), self.up[&peer].standing()));
        let mut is_welcome = true;
        for (at, (peer, standing)) in [a, b].into_iter().zip(told) {
            self.with(at, |machine, now| is_welcome &= machine.greeted(now, peer, &standing));
            self.drive(at);
        }
        is_welcome
    }

    fn with<R>(&mut self, number: u128, f: impl FnOnce(&mut dyn Machine, Time) -> R) -> Option<R> {
        Some(f(self.up.get_mut(&number)?.as_mut(), self.now))
    }

    fn is_cut(&self, a: u128, b: u128) -> bool {
        self.cut_off.is_some_and(|cut| cut == a || cut == b)
    }

    fn number(&self, run: ReplicaId) -> Option<u128> {
        self.up.iter().find(|(_, machine)| machine.id() == run).map(|(number, _)| *number)
    }

    fn drive(&mut self, number: u128) {
        let Some(machine) = self.up.get_mut(&number) else { return };
        let (own, out, ended) = (machine.id(), machine.drive(self.now), machine.ended());
        for (number, read) in ended {
            let operation = &mut self.history[number];
            operation.returned = Some(self.now);
            if let (Some((context, bytes)), Action::Read { seen, .. }) =
                (read, &mut operation.action)
            {
                bytes.hash(&mut self.trace);
                *seen = context;
            }
        }
        for transmit in out {
            transmit.payload.hash(&mut self.trace);
            if self.rng.f64() < self.loss {
                continue;
            }
            for _ in 0..if self.rng.u8(..20) == 0 { 2 } else { 1 } {
                let at = self.now + Duration::from_micros(self.rng.u64(300..3_000));
                self.sent += 1;
                let (to, payload) = (transmit.to, transmit.payload.clone());
                self.flying.push(Reverse((at, self.sent, own, to, payload)));
            }
        }
    }

    fn step(&mut self) {
        let timers = self
            .up
            .iter()
            .filter_map(|(number, machine)| Some((machine.poll_timeout()?.max(self.now), *number)));
        let timer = timers.min();
        let message = self.flying.peek().map(|Reverse((at, ..))| *at);
        match (message, timer) {
            (Some(at), timer) if timer.is_none_or(|(due, _)| at <= due) => {
                let Some(Reverse((at, _, from, to, payload))) = self.flying.pop() else { return };
                self.now = at;
                let (Some(sender), Some(number)) = (self.number(from), self.number(to)) else {
                    return;
                };
                if !self.is_cut(sender, number) && self.up[&number].is_connected(from) {
                    self.with(number, |machine, now| machine.handle(now, from, &payload));
                    self.drive(number);
                }
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
            if self.next_dial <= self.now {
                self.next_dial = self.now + DIAL;
                self.dial();
            }
            self.step();
        }
    }

    /// An edit or a read of one object at one node.
    fn operate(&mut self, level: Level) {
        let numbers: Vec<u128> = self.up.keys().copied().collect();
        let number = numbers[self.rng.usize(..numbers.len())];
        let (key, is_edit) = (self.rng.u8(..2), self.rng.u8(..3) > 0);
        let change = Change::arbitrary(&mut self.g);
        let at = At {
            number: self.history.len(),
            key,
            level,
            deadline: self.now + Duration::from_millis(40),
        };
        let action = if !is_edit {
            self.with(number, |machine, _| machine.read(at));
            Action::Read { key: Some(key), seen: CausalContext::new() }
        } else if change.is_known(self.versions[&number]) {
            let dots = self.with(number, |machine, _| machine.edit(at, &change));
            Action::Write { key, dots: dots.unwrap_or_default() }
        } else {
            return;
        };
        let (invoked, returned) = (self.now, None);
        self.history.push(Operation { session: 0, invoked, returned, action });
        self.drive(number);
    }

    /// Runs operations and faults, and then until all is well.
    fn run(&mut self, level: Level) {
        for _ in 0..40 {
            for _ in 0..3 {
                self.operate(level);
                let pause = self.rng.u64(..3_000);
                self.run_for(Duration::from_micros(pause));
            }
            let victim = self.rng.u128(1..=NODES);
            match self.rng.u8(..8) {
                0 | 1 if self.up.len() as u128 == NODES => self.crash(victim),
                2..5 => self.start_all(),
                5 => self.cut_off = Some(victim),
                6 => self.cut_off = None,
                _ => {}
            }
        }
        (self.cut_off, self.loss) = (None, 0.0);
        self.start_all();
        self.run_for(Duration::from_millis(1_500));
    }

    fn start_all(&mut self) {
        for number in self.disks.keys().copied().collect::<Vec<_>>() {
            let version = self.rng.u8(1..=3);
            self.start(number, version);
        }
    }

    /// What has to hold in the end.
    fn judge(&self, level: Level) -> Result<(), String> {
        let states: Vec<Vec<u8>> = self.up.values().map(|machine| machine.state()).collect();
        if states.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err("replicas are not equal".into());
        }
        for operation in self.history.iter().filter(|operation| operation.returned.is_some()) {
            if let Action::Write { key, dots } = &operation.action
                && !self.up[&1].context(*key).is_superset(dots)
            {
                return Err("a confirmed write is lost".into());
            }
        }
        if level == Level::Strong {
            let writes_nothing = |operation: &&Operation<u8>| matches!(&operation.action, Action::Write { dots, .. } if dots.is_empty());
            let history = self.history.iter().filter(|operation| !writes_nothing(operation));
            let history: Vec<_> = history.cloned().collect();
            linearizable(&history).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// A run to its end.
fn run(seed: u64, level: Level, kind: Kind) -> Cluster {
    let mut cluster = Cluster::new(seed, kind);
    cluster.run(level);
    cluster
}

/// Compares a run with that of nodes that know everything, and says how many operations were done.
fn check(seed: u64, level: Level, kind: Kind) -> Result<usize, String> {
    let cluster = run(seed, level, kind);
    cluster.judge(level).map_err(|error| format!("seed {seed}: {error}"))?;
    let expected = run(seed, level, Kind::Knowing);
    let states = |cluster: &Cluster| -> Vec<_> {
        cluster.up.values().map(|machine| machine.state()).collect()
    };
    if states(&cluster) != states(&expected) {
        return Err(format!("seed {seed}: something is lost"));
    }
    if cluster.trace.finish() != expected.trace.finish() {
        return Err(format!("seed {seed}: messages differ"));
    }
    Ok(cluster.history.iter().filter(|operation| operation.returned.is_some()).count())
}

#[test]
fn versions_side_by_side_lose_nothing() {
    for level in [Level::Eventual, Level::Strong] {
        let mut done = 0;
        for seed in seeds(20) {
            done += check(seed, level, Kind::Versions).unwrap_or_else(|error| panic!("{error}"));
        }
        println!("{level:?}: {done} operations");
        assert!(done as u64 > 20 * seeds(20).end, "{done}");
    }
}

/// So the run notices if one path forgets.
#[test]
fn a_version_that_forgets_is_found() {
    assert!((0..10).any(|seed| check(seed, Level::Eventual, Kind::Forgetting).is_err()));
}
