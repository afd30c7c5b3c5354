//! What a `ResetCounter` must not fold.

use rejoin_counters::{Causal, Crdt, Edit, ReplicaId, ResetCounter};

/// A store records several edits in one delta, and may have shown the value in between.
#[test]
fn additions_of_different_edits_are_not_folded_in_a_shared_delta() {
    let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    let mut here = Causal::<ResetCounter>::default();
    let mut delta = here.edit(alice, |counter| counter.add(10));
    let mut there = here.clone(); // seen before the delta is sent
    delta.merge(here.edit(alice, |counter| counter.add(1)));

    there.edit(bob, |counter| counter.reset());
    here.merge(there.clone());
    there.merge(delta);
    assert_eq!((here.value(), there.value()), (1, 1));
}

#[test]
fn additions_of_one_edit_are_kept_as_one() {
    let mut counter = Causal::<ResetCounter>::default();
    counter.edit(ReplicaId::from_u128(1), |counter| {
        for _ in 0..100 {
            counter.add(2);
        }
        assert_eq!(counter.add(i64::MAX), i128::from(i64::MAX) + 200);
    });
    assert_eq!(counter.edits().len(), 2);
}
