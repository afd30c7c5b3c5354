//! A storage of a type that another cannot take the place of is converted.

use rejoin_core::{Causal, DotStore};
use rejoin_durable::{Durable, EpochError, LoadError, Memory, MigrateError, Replicated, Storage};
use rejoin_maps::OrMap;
use rejoin_registers::{EwFlag, MvRegister};
use rejoin_store::Config;
use serde::{Deserialize, Serialize};

use crate::support::{Fault, Faulty, connect, disconnect, id, open, talk, wait};

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Note {
    title: MvRegister<String>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct NewNote {
    title: MvRegister<String>,
    pinned: EwFlag,
}

type Old = Causal<Note>;
type New = Causal<NewNote>;

/// Another type still.
type Other = Causal<OrMap<u8, NewNote>>;

fn convert(old: Old) -> Result<New, rejoin_core::InvalidCausal> {
    old.convert(|Note { title }| NewNote { title, pinned: EwFlag::default() })
}

fn migrate<D: Storage>(
    storage: D,
) -> Result<Durable<New, D>, MigrateError<rejoin_core::InvalidCausal, D::Error>> {
    Durable::open_migrating(storage, Config::default(), convert)
}

fn titles(node: &Durable<New, Memory>) -> Vec<&str> {
    node.state().title.values().map(String::as_str).collect()
}

/// Two replicas that are apart, and of which one has an edit that the other has not seen.
fn apart() -> [Memory; 2] {
    let mut nodes = [1, 2].map(|number| open::<Old>(number, &Config::default()));
    nodes[0].edit(|note| note.title().set("Groceries")).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    nodes[1].edit(|note| note.title().set("Food")).unwrap();
    nodes[0].replica_mut().set_note("layer", 7, b"kept".to_vec());
    nodes[0].commit().unwrap();
    nodes.map(Durable::into_storage)
}

#[test]
fn replicas_that_are_converted_one_by_one_meet_as_before() {
    let mut nodes = apart().map(|storage| migrate(storage).unwrap());
    assert_eq!(titles(&nodes[0]), ["Groceries"]);
    assert_eq!(nodes[0].replica().note("layer"), Some((7, &b"kept"[..])));
    assert!(nodes.iter().all(|node| node.replica().epoch() == 1));
    nodes[0].edit(|note| note.pinned().enable()).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    // Which of the two asks first follows from their ids; the other one compares at the interval.
    let interval = nodes[0].replica().config().sync_interval;
    wait(&mut nodes, interval * 2);
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
    assert_eq!(titles(&nodes[0]), ["Food"]);
    assert!(nodes[1].state().pinned.is_enabled());
}

#[test]
fn what_has_been_converted_is_opened_as_any() {
    let [storage, _] = apart();
    let storage = migrate(storage).unwrap().into_storage();
    assert!(matches!(
        Durable::<Old, _>::open(storage.clone(), Config::default()),
        Err(LoadError::Type(_))
    ));
    let plain = Durable::<New, _>::open(storage.clone(), Config::default()).unwrap();
    let again = migrate(storage).unwrap();
    assert_eq!(plain.state(), again.state());
    assert_eq!(again.replica().epoch(), 1, "it has been converted once");
    let fresh = migrate(Memory::new(id(3).node())).unwrap();
    assert_eq!(fresh.replica().epoch(), 0);
}

#[test]
fn a_storage_is_of_either_type_at_any_time() {
    let mut storage = Faulty::new(1);
    {
        let mut old = Durable::<Old, _>::open(storage.clone(), Config::default()).unwrap();
        old.edit(|note| note.title().set("Groceries")).unwrap();
        storage.memory = old.into_storage().memory;
    }
    storage.compact.set(Fault::Fail);
    let error = migrate(storage.clone()).err();
    assert!(matches!(error, Some(MigrateError::Convert(EpochError::Commit(_)))));
    storage.compact.set(Fault::None);
    let old = reopen::<Old>(storage.memory.clone());
    assert!(old.state().title.get().is_some());
    assert_eq!(titles(&migrate(storage.memory).unwrap()), ["Groceries"]);
}

#[test]
fn what_is_of_neither_type_is_refused() {
    let [storage, _] = apart();
    let error =
        Durable::<Other, _>::open_migrating(storage.clone(), Config::default(), |_: New| {
            Ok::<_, core::convert::Infallible>(Other::default())
        });
    assert!(matches!(error.err(), Some(MigrateError::Load(LoadError::Type(_)))));
    let error = Durable::<New, _>::open_migrating(storage.clone(), Config::default(), |_: Old| {
        Err("not today")
    });
    let error = error.err();
    assert!(matches!(error, Some(MigrateError::Convert(EpochError::Rewrite("not today")))));
    assert!(reopen::<Old>(storage).state().title.get().is_some());
}

fn reopen<S: Replicated>(storage: Memory) -> Durable<S, Memory> {
    Durable::open(storage, Config::default()).unwrap()
}
