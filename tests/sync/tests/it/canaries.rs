//! Planted faults, each of which one of the checks must notice.

use core::time::Duration;

use rejoin_gossip::GossipConfig;
use rejoin_sync_tests::delta_based::Options;
use rejoin_sync_tests::ours::{Fault, Ours};
use rejoin_sync_tests::workload::Additions;
use rejoin_sync_tests::{Kind, Network, Outcome, Plan, Topology, paper};

fn with(fault: Option<Fault>, loss: u64) -> Outcome {
    let plan = Plan { events: 30, loss, limit: 400, ..Plan::PAPER };
    let config = GossipConfig::paced(Duration::from_secs(1));
    let make = |node, near: &[usize]| Ours::with(node, near, config.clone(), fault);
    Network::new(Topology::mesh(), plan, make).run(&Additions)
}

#[test]
fn without_a_fault_all_is_well() {
    for loss in [0, 20] {
        let outcome = with(None, loss);
        assert!(outcome.converged && outcome.silent);
    }
}

/// Without the check of where a delta came from, the figures are not those of the paper.
#[test]
fn bp_without_its_check_is_noticed() {
    let broken = Kind::DeltaBased(Options { bp: false, rr: true });
    for (workload, measured) in paper::BP_RR_MESH.into_iter().enumerate().take(3) {
        let sent = broken.run(workload, &Topology::mesh(), Plan::PAPER).sent.units();
        assert!(sent.abs_diff(measured) * 1000 > measured * 5, "{sent} {measured}");
    }
}

#[test]
fn forgotten_acknowledgements_are_noticed() {
    assert!(!with(Some(Fault::ForgetAcks), 0).silent);
}

#[test]
fn a_pruned_last_path_is_noticed() {
    assert!(!with(Some(Fault::PruneLastPath), 0).converged);
}

#[test]
fn an_acknowledged_delta_that_was_dropped_is_noticed() {
    assert!(!with(Some(Fault::DropDelta), 0).converged);
}
