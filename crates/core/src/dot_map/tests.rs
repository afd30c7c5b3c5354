//! A map has other forms while it is small: up to a few entries it has no hash table, and up to 32
//! one chunk. These tests cross the borders.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use rejoin_clocks::ReplicaId;

use crate::{Causal, Crdt, Diff, DotMap, DotSet, Edit};

type Set = Causal<DotMap<u64, DotSet>>;

const ALICE: ReplicaId = ReplicaId::from_u128(1);

/// Every third number is removed again at once, so that slots are used twice.
fn edits(most: u64) -> impl Iterator<Item = (u64, bool)> {
    let growing = (0..most).flat_map(|key| {
        let again = key % 3 == 0;
        [(key, true)].into_iter().chain(again.then_some((key, false)))
    });
    growing.chain((0..most).map(|key| (key, false)))
}

fn edit(set: &mut Set, (key, adds): (u64, bool)) -> Set {
    set.edit(ALICE, |set| {
        if adds {
            set.entry(key).write();
        } else {
            set.remove(&key);
        }
    })
}

#[test]
fn keys_are_found_while_a_map_grows_and_shrinks() {
    let (mut here, mut there, mut model) = (Set::default(), Set::default(), BTreeSet::new());
    for (key, adds) in edits(100) {
        there.merge(edit(&mut here, (key, adds)));
        if adds {
            model.insert(key)
        } else {
            model.remove(&key)
        };
        assert_eq!(here.len(), model.len());
        assert!((0..101).all(|key| here.contains_key(&key) == model.contains(&key)));
        assert_eq!(there, here);
        assert_eq!(here.clone(), here);
    }
    assert!(here.is_empty());
}

#[test]
fn a_merge_takes_what_it_lacks_out_of_full_chunks() {
    for size in [1, 7, 8, 9, 31, 32, 33, 100] {
        for step in 2..5 {
            let (mut there, mut here) = (Set::default(), Set::default());
            let deltas: Vec<Set> = (0..size).map(|key| edit(&mut there, (key, true))).collect();
            for delta in deltas.into_iter().step_by(step) {
                here.merge(delta);
            }
            here.merge(there.clone());
            assert_eq!(here, there);
        }
    }
}

#[test]
fn a_peer_that_has_nothing_gets_everything() {
    for size in [1, 8, 9, 33, 100] {
        let mut here = Set::default();
        let delta = here.edit(ALICE, |set| (0..size).for_each(|key| set.entry(key).write()));
        assert_eq!(delta, here);
        edit(&mut here, (0, false));
        let mut there = Set::default();
        let news = here.diff(&there.digest()).expect("there is something");
        there.merge(news);
        assert_eq!(there, here);
        // What was copied as a whole is edited as what grew.
        for (key, adds) in edits(2 * size) {
            here.merge(edit(&mut there, (key, adds)));
            assert_eq!(there, here);
        }
        assert!(there.is_empty());
    }
}
