//! Storages that replicas of several versions of a type have written to, and have heard of.
//!
//! What is committed here are notes, which every version reads.

use rejoin_core::{Causal, DotStore, Unknown, Upgradable};
use rejoin_durable::{Durable, LoadError, Memory, Replicated, Shape, Storage};
use rejoin_registers::{EwFlag, MvRegister};
use rejoin_sets::GSet;
use rejoin_store::Config;
use serde::{Deserialize, Serialize};

use crate::support::{Broken, Fault, Faulty, id, open, records};

#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
#[crdt(rename = "Book")]
pub(crate) struct Book {
    author: MvRegister<String>,
    title: MvRegister<String>,
    #[crdt(unknown)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
#[crdt(rename = "Book")]
pub(crate) struct Noted {
    author: MvRegister<String>,
    notes: MvRegister<String>,
    title: MvRegister<String>,
    #[crdt(unknown)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
#[crdt(rename = "Book")]
pub(crate) struct Flagged {
    author: MvRegister<String>,
    notes: EwFlag,
    title: MvRegister<String>,
    #[crdt(unknown)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
#[crdt(rename = "Book")]
pub(crate) struct Rated {
    author: MvRegister<String>,
    rated: EwFlag,
    title: MvRegister<String>,
    #[crdt(unknown)]
    unknown: Unknown,
}

type Old = Causal<Book>;
type New = Causal<Noted>;
type Other = Causal<Flagged>;

fn reopen<S: Replicated, D: Storage>(storage: D) -> Durable<S, D> {
    let node = Durable::<S, _>::open(storage, Config::default()).unwrap();
    assert_eq!(node.unreadable(), []);
    node
}

#[track_caller]
fn refused<S: Replicated>(storage: &Memory) -> String {
    match Durable::<S, _>::open(storage.clone(), Config::default()) {
        Err(LoadError::Type(mismatch)) => mismatch.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was opened"),
    }
}

/// Lets a replica remember something, which the next commit stores.
fn note<S: Replicated, D: Storage>(node: &mut Durable<S, D>) {
    let version = node.replica().note("test").map_or(0, |(version, _)| version) + 1;
    node.replica_mut().set_note("test", version, Vec::new());
}

fn commit_note<S: Replicated, D: Storage>(node: &mut Durable<S, D>) {
    note(node);
    node.commit().unwrap();
}

/// The first byte of each record: 4 is a shape, 1 is content.
fn kinds(storage: &Memory) -> Vec<u8> {
    records(storage).iter().map(|record| record[0]).collect()
}

/// A record that says a shape.
fn record_of<S: Replicated>() -> Vec<u8> {
    rejoin_codec::seal_bytes(4, &Shape::of::<S>().encode())
}

#[test]
fn a_log_has_the_shapes_of_all_versions_that_wrote_it() {
    let mut old = open::<Old>(1, &Config::default());
    commit_note(&mut old);
    let mut new = reopen::<New, _>(old.into_storage());
    assert_eq!(new.shape(), &Shape::of::<New>());
    assert_eq!(kinds(new.storage()), [4, 1], "opening writes nothing");
    commit_note(&mut new);
    commit_note(&mut new);
    assert_eq!(kinds(new.storage()), [4, 1, 4, 1, 1]);

    let storage = new.into_storage();
    let expected = "at `store.notes` it is EwFlag here, and MvRegister there";
    assert_eq!(refused::<Other>(&storage), expected);
    let mut old = reopen::<Old, _>(storage);
    assert_eq!(old.shape(), &Shape::of::<New>(), "the older version keeps it in mind");
    commit_note(&mut old);
    assert_eq!(kinds(old.storage()), [4, 1, 4, 1, 1, 1], "the storage says it already");
    old.compact().unwrap();
    let storage = old.into_storage();
    assert_eq!(refused::<Other>(&storage), expected);
    assert_eq!(reopen::<Old, _>(storage).shape(), &Shape::of::<New>());
}

#[test]
fn the_shape_has_what_each_of_several_versions_has() {
    let mut new = open::<New>(1, &Config::default());
    commit_note(&mut new);
    let rated = reopen::<Causal<Rated>, _>(new.into_storage());
    let union = Shape::of::<New>().union(&Shape::of::<Causal<Rated>>()).unwrap();
    assert_eq!(rated.shape(), &union);
    assert_ne!(rated.shape(), &Shape::of::<Causal<Rated>>());
}

/// The type that opens it has no such field at all.
#[test]
fn versions_that_do_not_fit_each_other_are_refused() {
    let mut storage = Memory::new(id(1).node());
    storage.append(&record_of::<New>()).unwrap();
    storage.append(&record_of::<Other>()).unwrap();
    let expected = "at `store.notes` it is MvRegister here, and EwFlag there";
    assert_eq!(refused::<Old>(&storage), expected);
}

/// What a peer says is known after a restart, if there may be anything of that peer by then.
#[test]
fn the_shape_of_a_peer_is_stored_before_its_content() {
    let mut node = open::<Old>(1, &Config::default());
    commit_note(&mut node);
    let before = node.shape().clone();
    assert!(node.accept_shape(&Shape::of::<New>()).unwrap());
    assert!(!node.accept_shape(&Shape::of::<New>()).unwrap());
    assert!(!node.accept_shape(&Shape::of::<Old>()).unwrap());
    let other = node.accept_shape(&Shape::of::<Other>()).unwrap_err().to_string();
    assert_eq!(other, "at `store.notes` it is MvRegister here, and EwFlag there");
    assert_eq!(node.shape(), &Shape::of::<New>());
    node.commit().unwrap();
    assert_eq!(kinds(node.storage()), [4, 1], "there is nothing to store");
    let storage = node.storage().clone();
    assert_eq!(reopen::<Old, _>(storage).shape(), &before);

    commit_note(&mut node);
    assert_eq!(kinds(node.storage()), [4, 1, 4, 1]);
    let mut node = reopen::<Old, _>(node.into_storage());
    assert_eq!(node.shape(), &Shape::of::<New>());
    assert!(node.accept_shape(&Shape::of::<Other>()).is_err());
}

#[test]
fn a_compaction_stores_it_too() {
    let mut node = open::<Old>(1, &Config::default());
    node.accept_shape(&Shape::of::<New>()).unwrap();
    node.compact().unwrap();
    commit_note(&mut node);
    assert_eq!(kinds(node.storage()).iter().filter(|kind| **kind == 4).count(), 1);
    assert_eq!(reopen::<Old, _>(node.into_storage()).shape(), &Shape::of::<New>());
}

#[test]
fn a_failed_commit_does_not_lose_it() {
    for fault in [Fault::Fail, Fault::FailStored] {
        let mut node = Durable::<Old, _>::open(Faulty::new(1), Config::default()).unwrap();
        commit_note(&mut node);
        node.accept_shape(&Shape::of::<New>()).unwrap();
        note(&mut node);
        node.storage().append.set(fault);
        assert_eq!(node.commit(), Err(rejoin_durable::CommitError::Storage(Broken)));
        assert_eq!(node.shape(), &Shape::of::<New>());
        node.storage().append.set(Fault::None);
        node.commit().unwrap();
        let kinds = kinds(&node.storage().memory);
        assert!(kinds.ends_with(&[1, 4, 1]) || kinds.ends_with(&[1, 4, 4, 1]), "{kinds:?}");
        assert_eq!(reopen::<Old, _>(node.into_storage()).shape(), &Shape::of::<New>());
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Colour {
    Red,
    Green,
}

/// It is said once, also of a type whose variants are not in the order of their names.
#[test]
fn one_version_says_its_shape_once() {
    let mut storage = open::<GSet<Colour>>(1, &Config::default()).into_storage();
    for _ in 0..3 {
        let mut node = reopen::<GSet<Colour>, _>(storage);
        assert!(!node.accept_shape(&Shape::of::<GSet<Colour>>()).unwrap());
        commit_note(&mut node);
        storage = node.into_storage();
    }
    assert_eq!(kinds(&storage), [4, 1, 1, 1]);
}

/// Each has all that was in those before it, so what the next commit writes does too.
#[test]
fn of_several_shapes_any_may_be_damaged() {
    let mut new = open::<New>(1, &Config::default());
    new.accept_shape(&Shape::of::<Causal<Rated>>()).unwrap();
    commit_note(&mut new);
    let union = new.shape().clone();
    let mut storage = Memory::new(id(1).node());
    storage.append(&record_of::<New>()).unwrap();
    for (at, mut record) in records(new.storage()).into_iter().enumerate() {
        if at == 0 {
            *record.last_mut().unwrap() ^= 1;
        }
        storage.append(&record).unwrap();
    }
    let mut node = Durable::<Causal<Rated>, _>::open(storage, Config::default()).unwrap();
    assert_eq!(node.unreadable().len(), 1);
    assert_eq!(node.shape(), &union);
    node.discard_unreadable().unwrap();
    assert_eq!(reopen::<Causal<Rated>, _>(node.into_storage()).shape(), &union);
}

/// As a shape that an earlier release could not read.
#[test]
fn a_shape_that_was_kept_unread_counts_once_it_is_read() {
    let keeping = |kept: Vec<u8>| {
        let mut storage = Memory::new(id(1).node());
        storage.append(&record_of::<Old>()).unwrap();
        let position = (0_u64, 1_u64, 0_u64, kept);
        storage.append(&rejoin_codec::seal(3, &position).unwrap()).unwrap();
        storage
    };
    let node = reopen::<Old, _>(keeping(record_of::<New>()));
    assert_eq!(node.shape(), &Shape::of::<New>());
    let expected = "at `store.notes` it is EwFlag here, and MvRegister there";
    assert_eq!(refused::<Other>(&keeping(record_of::<New>())), expected);
}
