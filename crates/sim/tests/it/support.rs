//! What the tests share: a document, and a storage that can fail.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use rejoin_core::{Causal, DotStore, NodeId, ReplicaId};
use rejoin_durable::{CommitError, Memory, Snapshot, Storage, Stored};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

/// What most tests replicate.
pub(crate) type Tags = Causal<AwSet<u64>>;

/// A value that has every kind of dot store in it.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) tags: AwSet<u64>,
    pub(crate) title: MvRegister<String>,
}

/// So many seeds, or a third of them where the variable `REJOIN_SEEDS` asks for few.
pub(crate) fn some(all: u64) -> core::ops::Range<u64> {
    let few = std::env::var("REJOIN_SEEDS").is_ok_and(|seeds| seeds.parse::<u64>().unwrap() < 100);
    0..if few { all.div_ceil(3) } else { all }
}

pub(crate) fn id(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number)
}

/// What a [`Faulty`] storage does with the next calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Answers with an error, and has not stored anything.
    Fail,
    /// Answers `Ok`, and has not stored anything: the planted lie.
    Forget,
}

/// Storage in memory that fails as it is told to, and may be told while a replica holds it.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    pub(crate) memory: Memory,
    pub(crate) append: Rc<Cell<Fault>>,
    pub(crate) compact: Rc<Cell<Fault>>,
}

impl Faulty {
    pub(crate) fn of(node: NodeId) -> Self {
        Self {
            memory: Memory::new(node),
            append: Rc::new(Cell::new(Fault::None)),
            compact: Rc::new(Cell::new(Fault::None)),
        }
    }
}

fn act(fault: Fault, store: impl FnOnce()) -> Result<(), Broken> {
    if fault == Fault::None {
        store();
    }
    if fault == Fault::Fail { Err(Broken) } else { Ok(()) }
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
