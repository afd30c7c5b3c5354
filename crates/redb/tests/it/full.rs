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

fn is_full(error: &CommitError<RedbError>) -> bool {
    let CommitError::Storage(RedbError::Io(error)) = error else { return false };
    error.kind() == std::io::ErrorKind::StorageFull
}

#[test]
fn an_edit_that_filled_the_disk_becomes_durable_later_and_further_ones_are_refused() {
    let disk = Disk::default();
    let mut node = open(&disk);
    disk.limit(Some(300_000));
    let (mut applied, mut refused) = (0_u32, 0);
    while refused < 20 {
        let name = format!("{applied:01000}");
        match node.edit(|tags| tags.insert(name)) {
            Ok(_) => (applied, refused) = (applied + 1, 0),
            Err(CommitError::Suspended(error)) if is_full(&error) => refused += 1,
            Err(error) if is_full(&error) => applied += 1, // and undecided
            Err(error) => panic!("{error}"),
        }
    }
    assert!(applied > 50, "some were stored: {applied}");
    assert_eq!(node.state().len(), applied as usize, "what was refused has not happened");
    // The power may go at any time: only what was not acknowledged is lost.
    let durable = open(&disk.after_power_cut(1)).state().len();
    assert!((applied - 1..=applied).contains(&(durable as u32)), "{durable} of {applied}");

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
