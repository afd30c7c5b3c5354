//! What is read in the middle of an edit.

use rejoin_core::{Causal, Edit};
use rejoin_counters::GCounter;
use rejoin_maps::{GMap, OrMap};
use rejoin_registers::MvRegister;

use super::ALICE;

/// An entry that was opened and not written, or emptied, is not there for the edit either.
#[test]
fn an_open_entry_without_a_write_is_absent() {
    let mut map = Causal::<OrMap<u8, MvRegister<u8>>>::default();
    map.edit(ALICE, |map| {
        map.entry(1);
        assert!(!map.contains_key(&1));
        assert!(map.get(&1).is_none());
        assert!(map.is_empty());
        assert_eq!((map.len(), map.iter().count()), (0, 0));

        map.entry(1).set(1);
        assert_eq!((map.len(), map.iter().count()), (1, 1));
        map.entry(1).clear();
        assert!(!map.contains_key(&1));
        assert_eq!((map.len(), map.iter().count()), (0, 0));
    });
    assert!(map.is_empty());
}

#[test]
fn an_open_entry_of_a_growing_map_without_a_write_is_absent() {
    let mut map = GMap::<u8, GCounter>::new();
    let delta = map.edit(ALICE, |map| {
        map.entry(1);
        map.entry(2).increment(1);
        map.entry(3).increment(0);
        map.entry(2);
    });
    assert_eq!(map.keys().collect::<Vec<_>>(), [&2]);
    assert_eq!(map, delta);
}
