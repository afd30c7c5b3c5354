//! What the tests share: a document, pairs of replicas, and a storage that can fail.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use rejoin_core::{Causal, DotStore, NodeId, ReplicaId};
use rejoin_durable::{CommitError, Durable, Memory, Snapshot, Storage, Stored};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use rejoin_store::{Config, Kind, Replicated, Time, Transmit};
use serde::{Deserialize, Serialize};

/// A value that has every kind of dot store in it.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) tags: AwSet<u64>,
    pub(crate) title: MvRegister<String>,
}

pub(crate) type Doc = Causal<OrMap<u8, Item>>;

pub(crate) fn id(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number)
}

pub(crate) fn open<S: Replicated>(number: u128, config: &Config) -> Durable<S, Memory> {
    Durable::open_as(Memory::new(id(number).node()), 0, config.clone()).unwrap()
}

thread_local! {
    static NOW: Cell<Time> = const { Cell::new(Time::ZERO) };
}

/// The time in this test.
pub(crate) fn now() -> Time {
    NOW.get()
}

/// Lets time go by, and does what is due then.
pub(crate) fn wait<S: Replicated, D: Storage>(nodes: &mut [Durable<S, D>], duration: Duration) {
    NOW.set(now() + duration);
    nodes.iter_mut().for_each(|node| node.replica_mut().handle_timeout(now()));
}

/// The records of a storage, in order.
pub(crate) fn records(storage: &Memory) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut visit = |stored: Stored<'_>| match stored {
        Stored::Record(record) => records.push(record.to_vec()),
        _ => panic!("memory has all"),
    };
    storage.clone().load(&mut visit).unwrap();
    records
}

/// How many bytes the whole value takes as a message.
pub(crate) fn state_bytes<S: Replicated, D: Storage>(node: &Durable<S, D>) -> usize {
    rejoin_codec::sealed_len(node.state()).unwrap()
}

/// Connects all with each other.
pub(crate) fn connect<S: Replicated, D: Storage>(nodes: &mut [Durable<S, D>]) {
    let ids: Vec<_> = nodes.iter().map(Durable::id).collect();
    for node in nodes {
        let own = node.id();
        for peer in ids.iter().filter(|peer| **peer != own) {
            node.replica_mut().connected(now(), *peer);
        }
    }
}

/// Takes back what [`connect`] did.
pub(crate) fn disconnect<S: Replicated, D: Storage>(nodes: &mut [Durable<S, D>]) {
    let ids: Vec<_> = nodes.iter().map(Durable::id).collect();
    for node in nodes {
        ids.iter().for_each(|id| node.replica_mut().disconnected(*id));
    }
}

/// Takes the next message that any of them sends.
pub(crate) fn next<S: Replicated, D: Storage>(
    nodes: &mut [Durable<S, D>],
) -> Option<(ReplicaId, Transmit)> {
    nodes.iter_mut().find_map(|node| Some((node.id(), node.replica_mut().poll_transmit(now())?)))
}

/// Brings a message to its receiver, if it is there, and commits there.
pub(crate) fn bring<S: Replicated, D: Storage>(
    nodes: &mut [Durable<S, D>],
    from: ReplicaId,
    transmit: &Transmit,
) -> Option<Kind> {
    let receiver = nodes.iter_mut().find(|node| node.id() == transmit.to)?;
    let handled = receiver.replica_mut().handle(now(), from, &transmit.payload).unwrap();
    receiver.commit().unwrap();
    Some(handled.kind)
}

/// Brings messages to and fro until there are none and none is due within the third of a second,
/// and returns their kinds in order.
pub(crate) fn talk<S: Replicated, D: Storage>(nodes: &mut [Durable<S, D>]) -> Vec<Kind> {
    let (mut kinds, until) = (Vec::new(), now() + Duration::from_millis(333));
    loop {
        while let Some((from, transmit)) = next(nodes) {
            kinds.extend(bring(nodes, from, &transmit));
        }
        let due = nodes.iter().filter_map(|node| node.replica().poll_timeout()).min();
        match due.filter(|due| *due <= until) {
            Some(due) => wait(nodes, due.since(now()).max(Duration::from_millis(1))),
            None => return kinds,
        }
    }
}

/// What a [`Faulty`] storage does with the next calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Answers with an error, and has not stored anything.
    Fail,
    /// Answers with an error, and has stored it all the same.
    FailStored,
}

/// Storage in memory that fails as it is set to, also while a replica holds it.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    pub(crate) memory: Memory,
    pub(crate) append: Rc<Cell<Fault>>,
    pub(crate) compact: Rc<Cell<Fault>>,
}

impl Faulty {
    pub(crate) fn new(number: u128) -> Self {
        Self::of(id(number).node())
    }

    pub(crate) fn of(node: NodeId) -> Self {
        Self {
            memory: Memory::new(node),
            append: Rc::new(Cell::new(Fault::None)),
            compact: Rc::new(Cell::new(Fault::None)),
        }
    }
}

fn act(fault: Fault, store: impl FnOnce()) -> Result<(), Broken> {
    if matches!(fault, Fault::None | Fault::FailStored) {
        store();
    }
    if matches!(fault, Fault::Fail | Fault::FailStored) { Err(Broken) } else { Ok(()) }
}

impl Storage for Faulty {
    type Error = Broken;

    fn node(&self) -> NodeId {
        self.memory.node()
    }

    fn renew(&mut self, node: NodeId) -> Result<(), Self::Error> {
        _ = self.memory.renew(node);
        Ok(())
    }

    fn load(&mut self, visit: &mut dyn FnMut(Stored<'_>)) -> Result<(), Broken> {
        self.memory.load(visit).map_err(|error| match error {})
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), Broken> {
        let memory = &mut self.memory;
        act(self.append.get(), || {
            memory.append(delta);
        })
    }

    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<Broken>> {
        let memory = &mut self.memory;
        let store = || memory.compact(snapshot).expect("these values can be encoded");
        act(self.compact.get(), store).map_err(CommitError::Storage)
    }

    fn log_bytes(&self) -> u64 {
        self.memory.log_bytes()
    }

    fn snapshot_bytes(&self) -> u64 {
        self.memory.snapshot_bytes()
    }
}

/// The disk is full, on fire, or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("disk is broken")
    }
}

impl std::error::Error for Broken {}
