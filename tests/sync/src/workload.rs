//! What happens at a node in a second.

use core::fmt::Debug;

use rejoin_core::{Decompose, Edit, ReplicaId};
use rejoin_counters::GCounter;
use rejoin_maps::GMap;
use rejoin_registers::Max;
use rejoin_sets::GSet;

use rejoin_tests::rng::Rng;

/// A lattice of which the paper's entries can be counted.
pub trait Lattice: Decompose + Clone + PartialEq + Debug {
    /// The number of entries: elements of a set, replicas of a counter, keys of a map.
    fn entries(&self) -> usize;
}

impl Lattice for GSet<u64> {
    fn entries(&self) -> usize {
        self.len()
    }
}

impl Lattice for GCounter {
    fn entries(&self) -> usize {
        self.iter().count()
    }
}

impl Lattice for GMap<u32, Max<u64>> {
    fn entries(&self) -> usize {
        self.len()
    }
}

/// A kind of event.
pub trait Workload {
    /// What is replicated.
    type State: Lattice;

    /// Event number `event`, from 1, of `node` of `nodes`: edits `state` and returns the delta.
    fn event(&self, state: &mut Self::State, node: usize, nodes: usize, event: u64) -> Self::State;
}

/// The id of a node.
#[must_use]
pub fn replica(node: usize) -> ReplicaId {
    ReplicaId::from_u128(node as u128 + 1)
}

/// Each event adds an element that is new everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Additions;

impl Workload for Additions {
    type State = GSet<u64>;

    fn event(&self, state: &mut GSet<u64>, node: usize, nodes: usize, event: u64) -> GSet<u64> {
        let element = event * nodes as u64 + node as u64;
        state.edit(replica(node), |set| set.insert(element))
    }
}

/// Each event counts one.
#[derive(Clone, Copy, Debug)]
pub struct Increments;

impl Workload for Increments {
    type State = GCounter;

    fn event(&self, state: &mut GCounter, node: usize, _nodes: usize, _event: u64) -> GCounter {
        state.edit(replica(node), |counter| counter.increment(1))
    }
}

/// Each event writes a part of the node's own keys, of 1 000 keys in all.
#[derive(Clone, Copy, Debug)]
pub struct Updates {
    /// How much of them, in percent.
    pub percent: usize,
}

impl Updates {
    const KEYS: usize = 1000;
}

impl Workload for Updates {
    type State = GMap<u32, Max<u64>>;

    fn event(&self, state: &mut Self::State, node: usize, nodes: usize, event: u64) -> Self::State {
        let own = Self::KEYS / nodes + 1;
        let first = node * own;
        let mut keys: Vec<usize> = (first..(first + own).min(Self::KEYS)).collect();
        Rng::new(event << 8 | node as u64).shuffle(&mut keys);
        keys.truncate(self.percent * own / 100 + 1);
        state.edit(replica(node), |map| {
            for key in keys {
                map.entry(key as u32).set(event);
            }
        })
    }
}
