//! Whatever is lost, all come to the same, and then say nothing more.

use rejoin_sync_tests::ours::Ours;
use rejoin_sync_tests::workload::{Additions, Updates};
use rejoin_sync_tests::{Network, Order, Outcome, Plan, Topology, Workload};

use crate::seeds;

fn run<W: Workload>(workload: &W, topology: &Topology, plan: Plan) -> Outcome {
    Network::new(topology.clone(), plan, Ours::new).run(workload)
}

/// Any connected graph.
fn random(seed: u64) -> Topology {
    let mut rng = rejoin_tests::rng::Rng::new(seed);
    let nodes = 2 + rng.below(12);
    let mut edges: Vec<(usize, usize)> = (1..nodes).map(|node| (node, rng.below(node))).collect();
    for _ in 0..rng.below(2 * nodes) {
        let edge = (rng.below(nodes), rng.below(nodes));
        if edge.0 != edge.1 {
            edges.push(edge);
        }
    }
    Topology::of(nodes, edges)
}

fn check(topology: &Topology, loss: u64, seed: u64) {
    let order = if seed.is_multiple_of(2) { Order::Phased } else { Order::Together };
    let plan = Plan { events: 20, order, loss, seed, limit: 3000 };
    let outcome = run(&Additions, topology, plan);
    let what = format!("{topology:?}, {loss} % lost, seed {seed}");
    assert!(outcome.converged, "{what}: not equal");
    assert!(outcome.silent, "{what}: not silent");
    // Only the entry that counts each neighbour is left.
    assert_eq!(outcome.left, 2 * topology.edges(), "{what}: deltas are kept");
    // No storm: at most one frame over each link and in each direction, however much is lost.
    assert!(outcome.busiest <= 2 * topology.edges() as u64, "{what}: {}", outcome.busiest);
}

#[test]
fn every_topology_converges_and_falls_silent() {
    let all = [Topology::mesh(), Topology::tree(), Topology::ring(15), Topology::star(15)];
    for topology in &all {
        for seed in seeds(8) {
            for loss in [0, 5, 20] {
                check(topology, loss, seed);
            }
        }
    }
}

#[test]
fn any_graph_converges_and_falls_silent() {
    for seed in seeds(120) {
        check(&random(seed), [0, 5, 20, 50][seed as usize % 4], seed);
    }
}

#[test]
fn overwritten_entries_converge() {
    for seed in seeds(6) {
        let plan = Plan { events: 12, loss: 20, seed, limit: 3000, ..Plan::PAPER };
        let outcome = run(&Updates { percent: 60 }, &Topology::mesh(), plan);
        assert!(outcome.converged && outcome.silent, "seed {seed}");
    }
}

/// Without loss it is as fast as sending everything everywhere.
#[test]
fn nothing_is_late_without_loss() {
    for order in [Order::Phased, Order::Together] {
        let plan = Plan { order, ..Plan::PAPER };
        let ours = run(&Additions, &Topology::mesh(), plan);
        let theirs = rejoin_sync_tests::Kind::BP_RR.run(0, &Topology::mesh(), plan);
        assert_eq!(ours.lag, theirs.lag, "{order:?}");
    }
}
