mod actions;
mod frugal;
mod judge;
mod workload;

use core::fmt;
use core::time::Duration;
use std::collections::BTreeSet;

use rejoin_core::NodeId;
use rejoin_durable::{Memory, Storage};
use rejoin_store::Config;

pub use self::frugal::frugal;
pub use self::workload::{Edited, Workload};
use crate::dice::Dice;
use crate::faults::Faults;
use crate::network::Network;
use crate::shape::Shape;

/// The most replicas that a run has, newcomers included.
const MOST: usize = 7;

/// One run of random edits and faults, all of which follow from its seed.
///
/// 2 to 5 replicas in a random [`Shape`] edit, wait and commit; they crash, vanish, restart, come
/// and leave; the network is cut in parts or in one direction, links come and go or get bad; clocks
/// jump and stand still. All of that on top of the [`Faults`].
/// Then [`judge`](Self::judge) makes the network whole and checks what has to hold.
///
/// [`Workload`] has an example.
pub struct Run<T: Workload, D: Storage = Memory> {
    network: Network<T::Value, D>,
    dice: Dice,
    /// For newcomers.
    storages: Vec<D>,
    unique: u64,
    edits: Vec<Edited<T::Value>>,
    /// The replicas that will not come back, though nobody knows.
    lost: BTreeSet<usize>,
    counts: Counts,
}

/// How often what has counts in a [`Run`], so that a test can see that it happens at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Edits made.
    pub edits: usize,
    /// Edits lost in crashes, because they had not reached the disk.
    pub lost_edits: usize,
    /// Replicas that crashed, and whose peers were told.
    pub crashes: usize,
    /// Replicas that crashed, and whose peers were not.
    pub vanished: usize,
    /// Replicas that came later.
    pub joined: usize,
    /// Replicas that left for good, told or not.
    pub left: usize,
    /// Partitions.
    pub partitions: usize,
    /// Cuts in one direction.
    pub cuts: usize,
    /// Links taken away, or made bad in one direction.
    pub bad_links: usize,
    /// Clocks that jumped or stood still.
    pub clocks: usize,
}

impl<T: Workload> Run<T> {
    /// A run with storage in memory.
    #[must_use]
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self::with_storage(seed, faults, Config::default(), Memory::new)
    }

    /// A whole run: 120 actions, and the judgement.
    ///
    /// # Errors
    ///
    /// As [`judge`](Self::judge).
    pub fn check(seed: u64, faults: Faults) -> Result<(), String> {
        let mut run = Self::new(seed, faults);
        run.step_random(120);
        run.judge()
    }
}

impl<T: Workload, D: Storage> Run<T, D> {
    /// A run with another configuration, or with storages of another kind, which are made for
    /// newcomers too.
    ///
    /// # Panics
    ///
    /// When a storage cannot be read.
    #[must_use]
    pub fn with_storage(
        seed: u64,
        faults: Faults,
        config: Config,
        storage: impl FnMut(NodeId) -> D,
    ) -> Self {
        let mut dice = Dice::new(seed ^ 0x0c1e);
        let nodes = (1..=MOST as u128).rev().map(NodeId::from_u128);
        let mut run = Self {
            network: Network::empty(seed, faults, config),
            storages: nodes.map(storage).collect(),
            unique: 0,
            edits: Vec::new(),
            lost: BTreeSet::new(),
            counts: Counts::default(),
            dice: dice.clone(),
        };
        for _ in 0..2 + dice.roll(4) {
            run.join();
        }
        run.counts = Counts::default();
        let shape = dice.pick(Shape::ALL).unwrap_or(Shape::Mesh);
        run.network.arrange(shape);
        run.dice = dice;
        run
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network<T::Value, D> {
        &self.network
    }

    /// The network, to do more to it. Edits and crashes belong to the run, which keeps account of
    /// them.
    #[must_use]
    pub fn network_mut(&mut self) -> &mut Network<T::Value, D> {
        &mut self.network
    }

    /// What has counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The edits so far, in order, without those that were lost before they were durable.
    #[must_use]
    pub fn edits(&self) -> &[Edited<T::Value>] {
        &self.edits
    }

    /// Runs for some time, as in [`Network::run_for`].
    pub fn run_for(&mut self, duration: Duration) {
        self.network.run_for(duration);
    }
}

impl<T: Workload, D: Storage> fmt::Debug for Run<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("network", &self.network)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
