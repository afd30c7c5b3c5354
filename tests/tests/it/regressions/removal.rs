//! Removals: what they take, and what stays.

use rejoin_core::{Causal, Crdt, Diff, Edit};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

use super::{ALICE, BOB, CAROL, converge, elements, live};

/// Maps whose removal forgets what it saw read {1, 2} here.
#[test]
fn a_removed_entry_does_not_come_back_with_a_later_write() {
    let mut here = Causal::<OrMap<&str, AwSet<u8>>>::default();
    here.edit(ALICE, |map| map.entry("key").insert(1));
    let mut there = here.clone();
    there.edit(BOB, |map| map.remove("key"));
    here.edit(ALICE, |map| map.entry("key").insert(2));
    there.merge(here.clone());
    let set = there.get("key").expect("written concurrently");
    assert_eq!(set.iter().collect::<Vec<_>>(), [&2]);
}

#[test]
fn an_element_that_each_side_removes_is_absent() {
    let mut replicas = [Causal::<AwSet<&str>>::default(), Causal::default()];
    replicas[0].edit(ALICE, |set| set.insert("x"));
    replicas[1].edit(BOB, |set| set.insert("x"));
    converge(&mut replicas);
    replicas[0].edit(ALICE, |set| set.remove("x"));
    replicas[1].edit(BOB, |set| set.remove("x"));
    converge(&mut replicas);
    assert!(replicas[0].is_empty());
    assert_eq!(live(replicas[0].store()), 0);
}

/// The article's own example prints {banana, cherry}, against its code and the OR-set.
#[test]
fn the_apple_of_the_article_stays() {
    let mut replicas = [Causal::<AwSet<&str>>::default(), Causal::default()];
    let [a, b] = &mut replicas;
    a.edit(ALICE, |set| set.extend(["apple", "banana"]));
    b.edit(BOB, |set| set.extend(["apple", "cherry"]));
    a.edit(ALICE, |set| set.remove("apple")); // its own; it has not seen Bob's
    converge(&mut replicas);
    assert_eq!(elements(&replicas[0]), ["apple", "banana", "cherry"]);
}

#[test]
fn one_edit_that_removes_what_it_wrote() {
    type Map = OrMap<u8, OrMap<u8, MvRegister<u8>>>;
    let (mut here, mut there) = (Causal::<Map>::default(), Causal::<Map>::default());
    let delta = here.edit(ALICE, |map| {
        map.entry(1).entry(1).set(1);
        let mut inner = map.entry(1);
        inner.entry(2).set(2);
        inner.entry(1).set(3);
        inner.remove(&1);
        inner.entry(2).clear();
        drop(inner);
        map.entry(2).entry(1).set(4);
        map.remove(&2);
        map.entry(3).entry(1).set(5);
        map.retain(|_, _| false);
    });
    assert!(here.is_empty() && delta.is_empty());
    assert_eq!(live(here.store()), 0);
    assert_eq!(live(delta.store()), 0);
    there.merge(delta);
    assert_eq!(there, here);
    assert_eq!(here.diff(&there.digest()), None);
}

#[test]
fn one_edit_that_writes_what_it_removed() {
    let mut here = Causal::<OrMap<u8, AwSet<&str>>>::default();
    here.edit(ALICE, |map| map.entry(1).extend(["a", "b"]));
    let mut there = here.clone();
    let delta = here.edit(ALICE, |map| {
        map.entry(1).insert("c");
        map.remove(&1);
        map.entry(1).insert("a");
    });
    there.merge(delta);
    assert_eq!(there, here);
    assert_eq!(there.get(&1).map(elements), Some(vec!["a"]));
}

#[test]
fn removals_inside_nested_maps_travel_in_a_difference() {
    type Map = OrMap<u8, OrMap<u8, AwSet<&'static str>>>;
    let mut here = Causal::<Map>::default();
    here.edit(ALICE, |map| {
        for key in 0..3 {
            map.entry(key).entry(1).extend(["a", "b"]);
            map.entry(key).entry(2).insert("c");
        }
    });
    let mut there = here.clone();
    here.edit(ALICE, |map| {
        map.entry(0).entry(1).remove("a"); // an element
        map.entry(1).remove(&2); // an inner key
        map.remove(&2); // an outer key
    });
    there.edit(BOB, |map| map.entry(2).entry(2).insert("c")); // concurrently

    let difference = here.diff(&there.digest()).expect("removals");
    assert_eq!(live(difference.store()), 0); // nothing but removals
    there.merge(difference);
    assert_eq!(there.get(&0).and_then(|map| map.get(&1)).map(elements), Some(vec!["b"]));
    assert!(there.get(&1).is_some_and(|map| !map.contains_key(&2)));
    assert_eq!(there.get(&2).map(|map| map.keys().copied().collect()), Some(vec![2]));
    assert_eq!(here.diff(&there.digest()), None);

    here.merge(there.diff(&here.digest()).expect("Bob's write"));
    assert_eq!(here, there);
}

#[test]
fn a_third_replica_learns_of_a_removal_by_a_difference_alone() {
    let mut here = Causal::<AwSet<&str>>::default();
    here.edit(ALICE, |set| set.extend(["a", "b"]));
    let (mut there, mut third) = (here.clone(), here.clone());
    there.edit(BOB, |set| set.remove("a"));
    third.edit(CAROL, |set| set.insert("c"));
    here.merge(there.diff(&here.digest()).expect("a removal"));
    third.merge(here.diff(&third.digest()).expect("the same removal"));
    assert_eq!(elements(&third), ["b", "c"]);
}
