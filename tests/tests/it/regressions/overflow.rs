//! Overflow is told to the writer, alike in every profile: run these with `--release` too.

use rejoin_core::{Causal, Crdt, Edit};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter, SpendError};
use rejoin_maps::GMap;

use super::{ALICE, BOB, CAROL, live};

#[test]
fn of_a_bounded_counter() {
    let mut counter = BoundedCounter::new();
    counter.edit(ALICE, |counter| assert_eq!(counter.increment(u64::MAX), Some(u64::MAX)));
    let full = counter.clone();
    let delta = counter.edit(ALICE, |counter| assert_eq!(counter.increment(1), None));
    assert_eq!((&counter, delta), (&full, BoundedCounter::new()));

    counter.edit(BOB, |counter| assert_eq!(counter.increment(u64::MAX), Some(u64::MAX)));
    assert_eq!(counter.value(), 2 * i128::from(u64::MAX));
    counter.edit(BOB, |counter| counter.transfer(ALICE.node(), u64::MAX).expect("all of it"));
    assert_eq!(counter.available(ALICE.node()), 2 * u128::from(u64::MAX));

    // Alice has the right to twice as much as one entry can say.
    counter.edit(ALICE, |counter| {
        counter.decrement(u64::MAX).expect("half");
        assert_eq!(counter.available(), u128::from(u64::MAX));
        assert_eq!(counter.decrement(1), Err(SpendError::Full));
        assert_eq!(counter.available(), u128::from(u64::MAX), "which is not what it lacks");
        counter.transfer(CAROL.node(), u64::MAX).expect("the other half");
        let nothing = SpendError::Insufficient { available: 0 };
        assert_eq!(counter.transfer(CAROL.node(), 1), Err(nothing));
    });
    assert_eq!(counter.value(), i128::from(u64::MAX));
    assert_eq!(counter.available(CAROL.node()), u128::from(u64::MAX));
    assert!(!counter.merge(full));
}

#[test]
fn of_a_bounded_counter_that_has_heard_only_of_decrements() {
    let mut counter = BoundedCounter::new();
    counter.edit(ALICE, |counter| counter.increment(3));
    let spent = counter.edit(ALICE, |counter| counter.decrement(2).expect("three"));
    let mut there = BoundedCounter::new();
    there.merge(spent);
    assert_eq!((there.value(), there.available(ALICE.node())), (-2, 0));
    there.merge(counter);
    assert_eq!((there.value(), there.available(ALICE.node())), (1, 1));
}

#[test]
fn of_a_bounded_counter_whose_node_has_another_run_to_go_on_with() {
    let mut counter = BoundedCounter::new();
    counter.edit(ALICE, |counter| counter.increment(u64::MAX));
    counter.edit(BOB, |counter| counter.increment(5));
    counter.edit(BOB, |counter| counter.transfer(ALICE.node(), 5).expect("five"));
    counter.edit(ALICE, |counter| {
        counter.decrement(u64::MAX).expect("all of her own");
        assert_eq!(counter.available(), 5);
        assert_eq!(counter.decrement(5), Err(SpendError::Full));
    });
    counter.edit(ALICE.node().run(1), |counter| {
        assert_eq!(counter.decrement(6), Err(SpendError::Insufficient { available: 5 }));
        assert_eq!(counter.decrement(5), Ok(()));
    });
    assert_eq!(counter.value(), 0);
}

#[test]
fn edits_of_a_bounded_counter_that_do_nothing_send_nothing() {
    let mut counter = BoundedCounter::new();
    counter.edit(ALICE, |counter| {
        counter.increment(3);
        counter.transfer(BOB.node(), 1).expect("three");
        counter.decrement(1).expect("two");
    });
    let delta = counter.edit(ALICE, |counter| {
        assert_eq!(counter.increment(0), Some(3));
        assert_eq!(counter.decrement(0), Ok(()));
        assert_eq!(counter.transfer(BOB.node(), 0), Ok(()));
        assert_eq!(counter.transfer(ALICE.node(), 1), Ok(()));
        assert_eq!(counter.decrement(2), Err(SpendError::Insufficient { available: 1 }));
        assert_eq!(
            counter.transfer(ALICE.node(), 2),
            Err(SpendError::Insufficient { available: 1 })
        );
    });
    assert_eq!(delta, BoundedCounter::new());
}

#[test]
fn of_a_reset_counter() {
    let mut counter = Causal::<ResetCounter>::default();
    let delta = counter.edit(ALICE, |counter| {
        assert_eq!(counter.add(i64::MAX), i128::from(i64::MAX));
        assert_eq!(counter.add(i64::MAX), 2 * i128::from(i64::MAX)); // a second write
        assert_eq!(counter.add(i64::MIN), i128::from(i64::MAX) - 1);
    });
    assert_eq!(delta.value(), i128::from(i64::MAX) - 1);
    counter.edit(BOB, |counter| {
        counter.add(i64::MIN);
        counter.add(i64::MIN);
    });
    assert_eq!(counter.value(), i128::from(i64::MAX) - 1 + 2 * i128::from(i64::MIN));
    counter.edit(CAROL, |counter| counter.reset());
    assert_eq!((counter.value(), live(counter.store())), (0, 0));
}

#[test]
fn of_counters_under_keys() {
    let mut map = GMap::<u8, GCounter>::default();
    map.edit(ALICE, |map| assert!(map.entry(1).increment(u64::MAX).is_some()));
    let before = map.clone();
    let delta = map.edit(ALICE, |map| assert_eq!(map.entry(1).increment(1), None));
    assert_eq!((&map, delta), (&before, GMap::default()));
}

/// What came from elsewhere cannot make a merge or a reader overflow.
#[test]
fn of_sums_of_many_replicas() {
    let (mut up, mut both) = (GCounter::new(), PnCounter::new());
    for replica in 1..=40 {
        let replica = rejoin_core::ReplicaId::from_u128(replica);
        up.edit(replica, |counter| counter.increment(u64::MAX));
        both.edit(replica, |counter| counter.decrement(u64::MAX));
    }
    assert_eq!(up.value(), 40 * u128::from(u64::MAX));
    assert_eq!(both.value(), -40 * i128::from(u64::MAX));
}
