//! The run again comes to the figures that the authors measured.

use rejoin_sync_tests::{Kind, Plan, paper};

use crate::few_cases;

/// Runs `kind` at full size and compares it with what was measured, in 1/1000. Where few cases are
/// asked for, on each topology a third of the workloads, another third than on the next topology.
fn check(kind: Kind, row: usize, workloads: usize, per_mille: u64) {
    for (place, (name, topology, measured)) in paper::topologies().into_iter().enumerate() {
        for (workload, &theirs) in measured[row].iter().enumerate().take(workloads) {
            if few_cases() && !(workload + place + row).is_multiple_of(3) {
                continue;
            }
            let outcome = kind.run(workload, &topology, Plan::PAPER);
            assert!(outcome.converged);
            let ours = outcome.sent.units();
            assert!(
                ours.abs_diff(theirs) * 1000 <= theirs * per_mille,
                "{kind:?}, {}, {name}: {ours} instead of {theirs}",
                paper::WORKLOADS[workload]
            );
        }
    }
}

#[test]
fn bp_rr_is_within_half_a_percent() {
    check(Kind::BP_RR, 4, 6, 5);
}

#[test]
fn bp_alone_and_rr_alone_are_within_one_percent() {
    check(Kind::PAPER[2], 2, 3, 10);
    check(Kind::PAPER[3], 3, 3, 10);
}

#[test]
fn scuttlebutt_is_within_two_percent() {
    check(Kind::ScuttlebuttAll, 5, 3, 20);
}

/// The authors' nodes go on sending whole values for a moment after the last event.
#[test]
fn whole_values_are_within_five_percent() {
    check(Kind::StateBased, 0, 3, 50);
    check(Kind::PAPER[1], 1, 3, 50);
}
