//! A disk that is full for a while.

use rejoin_durable::{CommitError, Durable, Storage};
use rejoin_redb::{RedbError, RedbStorage};
use rejoin_sets::{AwSet, Causal};
use rejoin_store::{Config, NodeId};

use crate::disk::Disk;

type Tags = Causal<AwSet<String>>;

fn open(disk: &Disk) -> Durable<Tags, RedbStorage> {
    let storage = RedbStorage::open_with_backend(disk.clone(), NodeId::from_u128(7)).unwrap();
    Durable::open(storage, Config::default()).unwrap()
}

#[test]
fn edits_of_the_time_of_a_full_disk_become_durable_later() {
    let disk = Disk::default();
    let mut node = open(&disk);
    disk.limit(Some(300_000));
    let (mut number, mut refused) = (0_u32, 0);
    while refused < 20 {
        number += 1;
        match node.edit(|tags| tags.insert(format!("{number:01000}"))) {
            Ok(_) => refused = 0,
            Err(CommitError::Storage(RedbError::Io(error))) => {
                assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(number > 50, "some were stored: {number}");
    assert_eq!(node.state().len(), number as usize, "all are there, some only in memory");
    // The power may go at any time: only what was not acknowledged is lost.
    let durable = open(&disk.after_power_cut(1)).state().len();
    assert!((number - 21..=number - 19).contains(&(durable as u32)), "{durable} of {number}");

    disk.limit(None);
    node.commit().unwrap();
    assert_eq!(open(&disk.after_power_cut(2)).state(), node.state());
    node.edit(|tags| tags.insert("one more")).unwrap();
    assert_eq!(open(&disk.after_power_cut(3)).state(), node.state());
}

#[test]
fn a_compaction_on_a_full_disk_loses_nothing() {
    let disk = Disk::default();
    let mut node = open(&disk);
    let mut number = 0_u32;
    let mut add = |node: &mut Durable<Tags, RedbStorage>| {
        number += 1;
        assert!(number < 1_000, "it never happens");
        node.edit(|tags| tags.insert(format!("{number:05}").repeat(2_000))).unwrap();
    };
    while node.storage().log_bytes() < 900_000 {
        add(&mut node);
    }
    disk.limit(Some(600_000)); // for a few edits more, but not for a snapshot beside the log
    while node.compaction_error().is_none() {
        add(&mut node);
    }
    assert_eq!(open(&disk.after_power_cut(1)).state(), node.state());
    // What was left of the disk may be full by now, or not.
    let is_stored = node.edit(|tags| tags.insert("one more")).is_ok();
    let there = open(&disk.after_power_cut(2));
    assert!(there.state().len() >= node.state().len() - usize::from(!is_stored));

    disk.limit(None);
    node.commit().unwrap();
    assert_eq!(open(&disk.after_power_cut(3)).state(), node.state());
    while node.compaction_error().is_some() {
        add(&mut node); // it is tried again when the log has doubled
    }
    assert_eq!(open(&disk.after_power_cut(4)).state(), node.state());
}
