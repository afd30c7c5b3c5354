//! The sequences that property tests found in riak_dt.

use rejoin_core::{Causal, Crdt, DotStore, Edit};
use rejoin_maps::OrMap;
use rejoin_registers::{EwFlag, MvRegister};
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

use super::{ALICE, BOB, elements, live};

/// All of them, merged in this order.
fn merged<S: DotStore + Clone>(states: &[&Causal<S>]) -> Causal<S> {
    let mut all = Causal::<S>::default();
    for state in states {
        all.merge((*state).clone());
    }
    all
}

/// `present_but_removed_test`: dots that are not dropped when both sides have the element.
#[test]
fn an_element_held_on_both_sides_and_removed_by_the_other() {
    let mut a = Causal::<AwSet<&str>>::default();
    a.edit(ALICE, |set| set.insert("Z"));
    let c = a.clone();
    a.edit(ALICE, |set| set.remove("Z"));
    let mut b = Causal::<AwSet<&str>>::default();
    b.edit(BOB, |set| set.insert("Z"));
    a.merge(b.clone());
    assert_eq!(elements(&a), ["Z"]);
    b.edit(BOB, |set| set.remove("Z"));
    for order in [[&a, &c, &b], [&b, &c, &a], [&c, &b, &a], [&c, &a, &b]] {
        let all = merged(&order);
        assert!(all.is_empty() && live(all.store()) == 0);
    }
}

/// `no_dots_left_test`: an element that is kept without a dot.
#[test]
fn an_element_without_a_dot_is_absent() {
    let (mut a, mut b) = (Causal::<AwSet<&str>>::default(), Causal::<AwSet<&str>>::default());
    a.edit(ALICE, |set| set.insert("Z"));
    b.edit(BOB, |set| set.insert("Z"));
    let c = a.clone();
    a.edit(ALICE, |set| set.remove("Z"));
    a.merge(b.clone()); // has Bob's
    b.edit(BOB, |set| set.remove("Z"));
    b.merge(c.clone()); // has Alice's
    assert_eq!((elements(&a), elements(&b)), (vec!["Z"], vec!["Z"]));
    for order in [[&a, &b, &c], [&b, &a, &c], [&c, &b, &a]] {
        let all = merged(&order);
        assert!(all.is_empty() && !all.contains("Z"));
    }
}

/// The same with keys of a map.
#[test]
fn a_key_without_a_dot_is_absent() {
    let mut a = Causal::<OrMap<&str, MvRegister<u8>>>::default();
    let mut b = a.clone();
    a.edit(ALICE, |map| map.entry("Z").set(1));
    b.edit(BOB, |map| map.entry("Z").set(2));
    let c = a.clone();
    a.edit(ALICE, |map| map.remove("Z"));
    a.merge(b.clone());
    b.edit(BOB, |map| map.remove("Z"));
    b.merge(c.clone());
    let all = merged(&[&a, &b, &c]);
    assert!(all.is_empty() && !all.contains_key("Z"));
}

/// `tombstone_remove_test`: what a removal took comes back with a later write of its survivor.
#[test]
fn a_removal_is_remembered_when_the_survivor_is_written_again() {
    let mut a = Causal::<OrMap<&str, AwSet<u8>>>::default();
    a.edit(ALICE, |map| map.entry("X").insert(0));
    let mut b = a.clone();
    a.edit(ALICE, |map| map.remove("X"));
    b.edit(BOB, |map| map.entry("X").insert(1));
    a.merge(b.clone());
    let read = |map: &Causal<OrMap<&str, AwSet<u8>>>| {
        map.get("X").map(|set| set.iter().copied().collect::<Vec<_>>())
    };
    assert_eq!(read(&a), Some(vec![1]));
    b.edit(BOB, |map| map.entry("X").insert(2));
    a.merge(b.clone());
    assert_eq!(read(&a), Some(vec![1, 2]));
    a.merge(b);
    assert_eq!(read(&a), Some(vec![1, 2]));
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Fields {
    set: AwSet<u8>,
    flag: EwFlag,
}

/// `dot_key_test`: of two fields that were written in one update, one is removed.
#[test]
fn one_of_two_fields_of_one_edit_is_removed() {
    let mut a = Causal::<OrMap<&str, Fields>>::default();
    a.edit(ALICE, |map| {
        let mut fields = map.entry("X");
        fields.set().insert(1);
        fields.flag().enable();
    });
    let b = a.clone();
    a.edit(ALICE, |map| map.entry("X").flag().disable());
    for all in [merged(&[&a, &b]), merged(&[&b, &a])] {
        let fields = all.get("X").expect("the set is there");
        assert!(fields.set.contains(&1) && !fields.flag.is_enabled());
    }

    // And each by the other side.
    let mut b = b;
    b.edit(BOB, |map| map.entry("X").set().remove(&1));
    assert!(merged(&[&a, &b]).is_empty());
    assert!(merged(&[&b, &a]).is_empty());
}
