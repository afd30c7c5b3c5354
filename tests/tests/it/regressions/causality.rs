//! Deltas that are late, early, or never come.

use rejoin_core::{Causal, Crdt, Diff, Edit};
use rejoin_maps::OrMap;
use rejoin_registers::{LwwRegister, MvRegister};
use rejoin_sets::AwSet;

use super::{ALICE, BOB, CAROL, converge, elements, siblings};

#[test]
fn a_delta_counts_that_comes_after_its_successor() {
    let mut here = Causal::<AwSet<&str>>::default();
    let mut there = here.clone();
    let first = here.edit(ALICE, |set| set.insert("a"));
    let second = here.edit(ALICE, |set| set.insert("b"));
    assert!(there.merge(second));
    assert_eq!(elements(&there), ["b"]);
    assert!(there.merge(first)); // a version vector would have taken it for old
    assert_eq!(elements(&there), ["a", "b"]);
    assert_eq!(there, here);
}

#[test]
fn a_removal_that_comes_before_its_addition() {
    let mut here = Causal::<AwSet<&str>>::default();
    let mut there = here.clone();
    let addition = here.edit(ALICE, |set| set.insert("a"));
    let removal = here.edit(ALICE, |set| set.remove("a"));
    there.merge(removal);
    there.merge(addition);
    assert!(there.is_empty());
    assert_eq!(there, here);
}

#[test]
fn a_removal_by_another_that_comes_before_its_addition() {
    let mut here = Causal::<OrMap<u8, MvRegister<u8>>>::default();
    let mut there = here.clone();
    let addition = here.edit(ALICE, |map| map.entry(1).set(1));
    there.merge(addition.clone());
    let removal = there.edit(BOB, |map| map.remove(&1));

    let mut third = Causal::<OrMap<u8, MvRegister<u8>>>::default();
    third.merge(removal);
    third.merge(addition);
    assert!(third.is_empty());
    converge(&mut [here, there, third]);
}

#[test]
fn siblings_partly_overwritten() {
    let mut replicas = [(); 3].map(|()| Causal::<MvRegister<u8>>::default());
    let deltas = [(ALICE, 1), (BOB, 2), (CAROL, 3)].map(|(replica, value)| {
        replicas[usize::from(value - 1)].edit(replica, |register| register.set(value))
    });
    // Alice sees Bob's write, not Carol's, and overwrites.
    replicas[0].merge(deltas[1].clone());
    assert_eq!(siblings(&replicas[0]), [1, 2]);
    let overwrite = replicas[0].edit(ALICE, |register| register.set(4));

    replicas[2].merge(overwrite); // before it has seen what is overwritten
    assert_eq!(siblings(&replicas[2]), [4, 3]);
    deltas.into_iter().for_each(|delta| {
        replicas[2].merge(delta);
    });
    assert_eq!(siblings(&replicas[2]), [4, 3]);
    converge(&mut replicas);
    assert_eq!(siblings(&replicas[1]), [4, 3]);
}

#[test]
fn equal_stamps_with_different_values_converge() {
    let mut replicas = [LwwRegister::<u8, u8>::new(), LwwRegister::new(), LwwRegister::new()];
    for (value, replica) in (1..).zip(&mut replicas) {
        replica.edit(ALICE, |register| register.set(7, value)); // a clone that writes
    }
    converge(&mut replicas);
    assert_eq!(replicas[0].get(), Some(&3));
}

/// Found by the oracle: the digest took a dot that was only overwritten for one that was seen.
#[test]
fn a_lost_overwrite_is_repaired_by_a_difference() {
    let mut here = Causal::<MvRegister<u8>>::default();
    here.edit(ALICE, |register| register.set(1));
    let mut there = here.clone();
    there.edit(BOB, |register| register.set(2)); // its delta is lost
    here.merge(there.edit(BOB, |register| register.set(3)));
    assert_eq!(siblings(&here), [1, 3]); // nothing here says that 1 was overwritten

    let difference = there.diff(&here.digest()).expect("the overwrite");
    here.merge(difference);
    assert_eq!(siblings(&here), [3]);
    assert_eq!(here, there);
    assert_eq!(there.diff(&here.digest()), None);
}

/// The same under a key, with removals.
#[test]
fn a_lost_overwrite_of_what_was_then_removed_is_repaired_by_a_difference() {
    let mut here = Causal::<OrMap<u8, AwSet<&str>>>::default();
    here.edit(ALICE, |map| map.entry(1).insert("a"));
    let mut there = here.clone();
    there.edit(BOB, |map| map.entry(1).insert("a")); // its delta is lost
    here.merge(there.edit(BOB, |map| map.remove(&1)));

    let difference = there.diff(&here.digest()).expect("the overwrite");
    here.merge(difference);
    assert!(here.is_empty());
    assert_eq!(here, there);
}

#[test]
fn equal_digests_mean_equal_states() {
    // Every subset of the deltas of one writer, in order: whoever is not equal is told apart.
    let mut writer = Causal::<MvRegister<u8>>::default();
    let deltas: Vec<_> =
        (0..6).map(|value| writer.edit(ALICE, |register| register.set(value))).collect();
    let states: Vec<_> = (0..1u32 << deltas.len())
        .map(|subset| {
            let mut state = Causal::<MvRegister<u8>>::default();
            let some = deltas.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1);
            some.for_each(|(_, delta)| {
                state.merge(delta.clone());
            });
            state
        })
        .collect();
    for a in &states {
        for b in &states {
            assert_eq!(a.digest() == b.digest(), a == b, "{a:?}, {b:?}");
            let mut joined = b.clone();
            let lacks = joined.merge(a.clone());
            assert_eq!(a.diff(&b.digest()).is_some(), lacks, "{a:?}, {b:?}");
        }
    }
}
