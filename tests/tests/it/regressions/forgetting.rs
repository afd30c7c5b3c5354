//! What a removal that was forgotten no longer takes, and what stays removed.

use rejoin_core::{Causal, Crdt, Edit};
use rejoin_sets::RwSet;

use super::{ALICE, BOB, CAROL, converge, live};

type Set = Causal<RwSet<&'static str>>;

/// Alice's insertion has been removed by Bob, who then forgets that.
fn forgotten() -> (Set, Set, [Set; 3]) {
    let mut set = Set::default();
    let insertion = set.edit(ALICE, |set| set.insert("x"));
    let removal = set.edit(BOB, |set| set.remove("x"));
    let forgetting = set.edit(BOB, |set| assert_eq!(set.forget(), 1));
    assert_eq!(live(set.store()), 0);
    (Set::default(), set, [insertion, removal, forgetting])
}

#[test]
fn what_it_had_removed_stays_removed() {
    let (mut late, set, [insertion, removal, forgetting]) = forgotten();
    late.merge(forgetting);
    late.merge(insertion);
    assert!(late.contains("x")); // nothing says yet what the forgotten removal had taken
    late.merge(removal);
    assert!(!late.contains("x"));
    converge(&mut [late, set]);
}

#[test]
fn it_does_not_win_any_more() {
    let (mut other, mut set, [insertion, ..]) = forgotten();
    other.merge(insertion);
    other.edit(CAROL, |set| set.insert("x")); // concurrently to the removal
    set.merge(other);
    assert!(set.contains("x"));
}

#[test]
fn where_it_is_still_live_it_wins() {
    let (mut other, set, [insertion, removal, _]) = forgotten();
    other.merge(insertion);
    let mut third = other.clone();
    third.merge(removal);
    other.edit(CAROL, |set| set.insert("x"));
    third.merge(other);
    assert!(!third.contains("x"));
    let mut replicas = [third, set];
    converge(&mut replicas); // until the forgetting comes
    assert!(replicas[0].contains("x"));
}

/// An insertion that lost against the removal goes with it.
#[test]
fn what_had_lost_against_it_goes_too() {
    let mut here = Set::default();
    let mut there = here.clone();
    here.edit(ALICE, |set| set.insert("x"));
    there.edit(BOB, |set| set.remove("x"));
    here.merge(there.clone());
    assert_eq!((here.contains("x"), live(here.store())), (false, 2));
    here.edit(ALICE, |set| assert_eq!(set.forget(), 1));
    assert_eq!(live(here.store()), 0);
    let mut replicas = [here, there];
    converge(&mut replicas);
    assert!(!replicas[0].contains("x"));
}
