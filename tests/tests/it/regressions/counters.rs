//! Counters that went wrong elsewhere.

use rejoin_core::{Causal, Crdt, Edit};
use rejoin_counters::{GCounter, PnCounter, ResetCounter};
use rejoin_maps::Dotted;
use rejoin_registers::Max;

use super::{ALICE, BOB, converge};

#[test]
fn three_decrements() {
    let mut replicas = [PnCounter::new(), PnCounter::new()];
    replicas[0].edit(ALICE, |counter| counter.decrement(1));
    replicas[0].edit(ALICE, |counter| counter.decrement(1));
    replicas[1].edit(BOB, |counter| counter.decrement(1));
    converge(&mut replicas);
    assert_eq!(replicas[0].value(), -3);
}

#[test]
fn overflow_is_reported_to_the_writer() {
    let mut counter = GCounter::new();
    counter.edit(ALICE, |counter| assert_eq!(counter.increment(u64::MAX), Some(u64::MAX)));
    let before = counter.clone();
    for by in [1, 2, u64::MAX] {
        let delta = counter.edit(ALICE, |counter| assert_eq!(counter.increment(by), None));
        assert_eq!(delta, GCounter::new());
        assert_eq!(counter, before);
    }
    counter.edit(ALICE, |counter| assert_eq!(counter.increment(0), Some(u64::MAX)));

    // The counter as a whole goes on.
    counter.edit(BOB, |counter| assert_eq!(counter.increment(u64::MAX), Some(u64::MAX)));
    assert_eq!(counter.value(), 2 * u128::from(u64::MAX));
    assert!(!counter.merge(before));
}

#[test]
fn overflow_is_reported_in_both_directions() {
    let mut counter = PnCounter::new();
    for replica in [ALICE, BOB] {
        counter.edit(replica, |counter| {
            assert_eq!(counter.decrement(u64::MAX), Some(u64::MAX));
            assert_eq!(counter.decrement(1), None);
        });
    }
    assert_eq!(counter.value(), -2 * i128::from(u64::MAX));
    counter.edit(ALICE, |counter| {
        assert_eq!(counter.increment(u64::MAX), Some(u64::MAX));
        assert_eq!(counter.increment(1), None);
    });
    assert_eq!(counter.value(), -i128::from(u64::MAX));
}

/// With a plain lattice beside a dot set, (x ⊔ y) ⊔ z reads 1 and x ⊔ (y ⊔ z) reads 11.
#[test]
fn a_lattice_that_can_be_removed_is_associative() {
    let mut here = Causal::<Dotted<Max<u8>>>::default();
    let x = here.edit(ALICE, |value| value.join(Max::from(10)));
    let y = here.edit(ALICE, |value| {
        value.clear();
    });
    let mut there = Causal::<Dotted<Max<u8>>>::default();
    let z = there.edit(BOB, |value| value.join(Max::from(1)));
    for [a, b, c] in [[&x, &y, &z], [&x, &z, &y], [&y, &x, &z], [&y, &z, &x], [&z, &y, &x]] {
        let mut left = a.clone();
        left.merge(b.clone());
        left.merge(c.clone());
        let mut right = b.clone();
        right.merge(c.clone());
        let mut all = a.clone();
        all.merge(right);
        assert_eq!(left, all);
        assert_eq!(left.value(), all.value());
        assert_eq!(all.value().get(), Some(&1));
    }
}

/// The same with a sum.
#[test]
fn a_counter_that_can_be_removed_is_associative() {
    let mut here = Causal::<ResetCounter>::default();
    let add = |replica, by| Causal::<ResetCounter>::default().edit(replica, |sum| sum.add(by));
    let (x, z) = (add(ALICE, 10), add(BOB, 1));
    here.merge(x.clone());
    let y = here.edit(ALICE, |sum| sum.reset());
    let mut left = x.clone();
    left.merge(y.clone());
    left.merge(z.clone());
    let mut right = y;
    right.merge(z);
    let mut all = x;
    all.merge(right);
    assert_eq!((left.value(), all.value()), (1, 1));
    assert_eq!(left, all);
}
