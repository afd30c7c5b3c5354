//! The algorithms and workloads by name.

use crate::delta_based::{DeltaBased, Options};
use crate::ours::Ours;
use crate::scuttlebutt::Scuttlebutt;
use crate::state_based::StateBased;
use crate::workload::{Additions, Increments, Updates};
use crate::{Network, Outcome, Plan, Topology, Workload};

/// An algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The whole value, every second.
    StateBased,
    /// The paper's, and those that it improves.
    DeltaBased(Options),
    /// Scuttlebutt, which forgets nothing.
    Scuttlebutt,
    /// Scuttlebutt with all clocks in each message, as the authors ran it, which forgets deltas.
    ScuttlebuttAll,
    /// `rejoin_gossip`.
    Ours,
}

impl Kind {
    /// The paper's.
    pub const BP_RR: Self = Self::DeltaBased(Options::BOTH);

    /// In the order of [`ALGORITHMS`](crate::paper::ALGORITHMS), without ours.
    pub const PAPER: [Self; 6] = [
        Self::StateBased,
        Self::DeltaBased(Options { bp: false, rr: false }),
        Self::DeltaBased(Options { bp: true, rr: false }),
        Self::DeltaBased(Options { bp: false, rr: true }),
        Self::BP_RR,
        Self::ScuttlebuttAll,
    ];

    /// Runs it on a workload, by its place in [`WORKLOADS`](crate::paper::WORKLOADS).
    #[must_use]
    pub fn run(self, workload: usize, topology: &Topology, plan: Plan) -> Outcome {
        match workload {
            0 => self.run_on(&Additions, topology, plan),
            1 => self.run_on(&Increments, topology, plan),
            _ => {
                let percent = [10, 30, 60, 100][workload.min(5) - 2];
                self.run_on(&Updates { percent }, topology, plan)
            }
        }
    }

    fn run_on<W: Workload>(self, workload: &W, topology: &Topology, plan: Plan) -> Outcome {
        let (topology, nodes) = (topology.clone(), topology.len());
        match self {
            Self::StateBased => {
                Network::new(topology, plan, |_, near| StateBased::new(near)).run(workload)
            }
            Self::DeltaBased(options) => {
                let make = |node, near: &[usize]| DeltaBased::new(node, near, options);
                Network::new(topology, plan, make).run(workload)
            }
            Self::Scuttlebutt => {
                let make = |node, near: &[usize]| Scuttlebutt::new(node, near, None);
                Network::new(topology, plan, make).run(workload)
            }
            Self::ScuttlebuttAll => {
                let make = |node, near: &[usize]| Scuttlebutt::new(node, near, Some(nodes));
                Network::new(topology, plan, make).run(workload)
            }
            Self::Ours => Network::new(topology, plan, Ours::new).run(workload),
        }
    }
}
