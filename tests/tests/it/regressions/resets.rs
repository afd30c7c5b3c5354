//! Counters that are reset or removed while others count.

use rejoin_core::{Causal, Crdt, Diff, DotStore, Edit};
use rejoin_counters::ResetCounter;
use rejoin_maps::OrMap;

use super::{ALICE, BOB, converge, live};

type Counters = Causal<OrMap<&'static str, ResetCounter>>;

fn value(counters: &Counters) -> i128 {
    counters.get("votes").map_or(0, ResetCounter::value)
}

/// A counter that starts from 0 under a dot that others have seen reads 6, or 0, here.
#[test]
fn a_stale_snapshot_after_a_removal_adds_nothing() {
    let mut here = Counters::default();
    here.edit(ALICE, |counters| counters.entry("votes").add(5));
    let stale = here.clone();
    here.edit(ALICE, |counters| counters.remove("votes"));
    assert_eq!((value(&here), here.contains_key("votes")), (0, false));
    here.edit(ALICE, |counters| counters.entry("votes").add(1));
    assert!(!here.merge(stale.clone()));
    assert_eq!(value(&here), 1);

    let mut there = stale;
    there.merge(here.diff(&there.digest()).expect("the removal and the addition"));
    assert_eq!(value(&there), 1);
    converge(&mut [here, there]);
}

#[test]
fn a_removal_takes_the_increments_that_it_saw_and_no_others() {
    let mut here = Counters::default();
    for _ in 0..10 {
        here.edit(ALICE, |counters| counters.entry("votes").add(1));
    }
    let mut there = here.clone();
    there.edit(BOB, |counters| counters.remove("votes"));
    here.edit(ALICE, |counters| counters.entry("votes").add(1)); // concurrently
    let mut replicas = [here, there];
    converge(&mut replicas);
    assert_eq!(value(&replicas[0]), 1);
}

/// The same increments in one edit are one write, and still go as one.
#[test]
fn additions_of_one_edit_are_one_write() {
    let mut here = Causal::<ResetCounter>::default();
    let delta = here.edit(ALICE, |counter| {
        for by in [3, -1, 5] {
            counter.add(by);
        }
    });
    for counter in [&here, &delta] {
        assert_eq!((counter.value(), live(counter.store())), (7, 1));
    }
    let mut there = delta;
    here.edit(ALICE, |counter| counter.add(1)); // of another edit: not folded
    assert_eq!(live(here.store()), 2);
    there.edit(BOB, |counter| counter.reset());
    let mut replicas = [here, there];
    converge(&mut replicas);
    assert_eq!(replicas[0].value(), 1);
}

#[test]
fn additions_of_one_edit_that_make_up_nothing_leave_nothing() {
    let mut here = Counters::default();
    let delta = here.edit(ALICE, |counters| {
        counters.entry("votes").add(1);
        counters.entry("votes").add(-1);
        assert!(!counters.contains_key("votes"));
    });
    assert!(here.is_empty() && here.store().is_bottom() && delta.store().is_bottom());
    let mut there = Counters::default();
    there.merge(delta);
    assert_eq!(there, here);
    assert_eq!(here.diff(&there.digest()), None);

    here.edit(ALICE, |counters| counters.entry("votes").add(2));
    let added = here.clone();
    here.edit(ALICE, |counters| {
        counters.entry("votes").add(-2); // of another edit: a write of its own, and the key stays
    });
    assert_eq!((value(&here), here.contains_key("votes")), (0, true));
    there.merge(added);
    there.edit(BOB, |counters| counters.remove("votes"));
    here.merge(there);
    assert_eq!(value(&here), -2);
}
