//! Ours beside the algorithm of the paper, in entries.

use rejoin_sync_tests::{Kind, Order, Outcome, Plan, Topology, paper};

use crate::few_cases;

/// Small values at full length and large ones at a shorter one, so that it takes seconds.
const EVENTS: [u64; 6] = [100, 100, 40, 30, 30, 30];

/// Runs the algorithm of the paper and ours for every workload, order and loss. Where few cases are
/// asked for, on each topology a sixth of these.
fn check(topology: &Topology, verdict: impl Fn(&Outcome, &Outcome) -> bool) {
    for (workload, events) in EVENTS.into_iter().enumerate() {
        for (place, order) in [Order::Phased, Order::Together].into_iter().enumerate() {
            for (other, loss) in [0, 5, 20].into_iter().enumerate() {
                if few_cases() && !(workload + place + other + topology.edges()).is_multiple_of(6) {
                    continue;
                }
                let plan = Plan { events, order, loss, ..Plan::PAPER };
                let theirs = Kind::BP_RR.run(workload, topology, plan);
                let ours = Kind::Ours.run(workload, topology, plan);
                let name = paper::WORKLOADS[workload];
                let what = format!("{name}, {order:?}, {loss} % lost: {ours:?} beside {theirs:?}");
                assert!(ours.converged && ours.silent && theirs.converged, "{what}");
                assert!(verdict(&ours, &theirs), "{what}");
            }
        }
    }
}

fn at_most(ours: &Outcome, theirs: &Outcome) -> bool {
    ours.sent.units() <= theirs.sent.units()
}

/// With the labels counted too that the paper's unit leaves out.
#[test]
fn on_the_mesh_it_is_at_most_half_of_bp_rr_at_any_loss() {
    check(&Topology::mesh(), |ours, theirs| {
        ours.sent.units() * 2 <= theirs.sent.units()
            && ours.sent.strict() * 10 <= theirs.sent.strict() * 9
    });
}

#[test]
fn on_the_tree_no_row_is_above_bp_rr_at_any_loss() {
    check(&Topology::tree(), at_most);
}

#[test]
fn on_the_ring_no_row_is_above_bp_rr_at_any_loss() {
    check(&Topology::ring(15), at_most);
}

#[test]
fn on_the_star_no_row_is_above_bp_rr_at_any_loss() {
    check(&Topology::star(15), at_most);
}

/// At 20 % loss too, but for the set: each of its elements has to be sent once more for every time
/// that it is lost, and nothing later overwrites it.
#[test]
fn on_the_mesh_it_is_at_most_half_of_what_was_measured_without_loss() {
    for (place, order) in [Order::Phased, Order::Together].into_iter().enumerate() {
        for (other, loss) in [0, 5, 20].into_iter().enumerate() {
            for (workload, measured) in paper::BP_RR_MESH.into_iter().enumerate().take(3) {
                if few_cases() && (workload + place + other) % 3 > 0 {
                    continue;
                }
                let plan = Plan { order, loss, ..Plan::PAPER };
                let ours = Kind::Ours.run(workload, &Topology::mesh(), plan).sent.units();
                let percent = if workload == 0 && loss == 20 { 55 } else { 50 };
                let name = paper::WORKLOADS[workload];
                assert!(
                    ours * 100 <= measured * percent,
                    "{name}, {order:?}, {loss} % lost: {ours} beside {measured}"
                );
            }
        }
    }
}
