//! Concurrent values side by side.

use rejoin_core::Dot;
use rejoin_registers::MvRegister;
use rejoin_store::{Config, Durable, Keyed, Memory, PutError, Store};

use crate::support::{connect, disconnect, id, now, talk};

type Names = Store<String, MvRegister<String>>;

fn open(number: u128) -> Names {
    Names::open(Memory::new(id(number)), Config::default().with_max_siblings(3)).unwrap()
}

fn meet<const N: usize>(stores: [Names; N]) -> [Names; N] {
    let mut nodes: [Durable<Keyed<String, MvRegister<String>>, Memory>; N] =
        stores.map(Store::into_durable);
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    nodes.map(Names::from)
}

fn values(store: &Names) -> Vec<&str> {
    let mut values: Vec<&str> = store.siblings("user:1").values().map(String::as_str).collect();
    values.sort_unstable();
    values
}

fn context(store: &Names) -> Vec<Dot> {
    store.siblings("user:1").context()
}

/// The article's demonstration: three names at three nodes.
#[test]
fn concurrent_writes_are_all_kept_until_one_resolves_them() {
    let mut stores = [open(1), open(2), open(3)];
    for (store, name) in stores.iter_mut().zip(["Alice", "Alicia", "Allison"]) {
        store.put("user:1", name, &[]).unwrap();
    }
    let mut stores = meet(stores);
    for store in &stores {
        assert_eq!(values(store), ["Alice", "Alicia", "Allison"]);
        assert!(store.siblings("user:1").is_conflict());
        assert_eq!(store.conflicts().collect::<Vec<_>>(), ["user:1"]);
        let report = store.report(now());
        assert_eq!(report.conflicts, Some(1));
        assert!(report.to_string().contains("\nconflicts           1 keys\n"), "{report}");
    }
    let longest =
        |names: &[&String]| names.iter().max_by_key(|name| name.len()).unwrap().to_string();
    assert!(stores[1].resolve("user:1", longest).unwrap());
    assert!(!stores[1].resolve("user:1", longest).unwrap(), "there is nothing left to resolve");
    let stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Allison"]));
}

#[test]
fn a_put_replaces_what_its_writer_has_seen_and_nothing_else() {
    let mut stores = [open(1), open(2)];
    stores[0].put("user:1", "Alice", &[]).unwrap();
    let mut stores = meet(stores);
    let seen = context(&stores[0]);
    stores[0].put("user:1", "Alicia", &seen).unwrap();
    // A client that read before that writes at the other replica, after it has heard of Alicia.
    let mut stores = meet(stores);
    stores[1].put("user:1", "Allison", &seen).unwrap();
    let mut stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Alicia", "Allison"]));
    let both = context(&stores[0]);
    stores[0].put("user:1", "Al", &both).unwrap();
    let stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Al"]));
}

#[test]
fn two_that_resolve_to_the_same_make_no_siblings() {
    let mut stores = [open(1), open(2)];
    for (store, name) in stores.iter_mut().zip(["Alice", "Bob"]) {
        store.put("user:1", name, &[]).unwrap();
    }
    let mut stores = meet(stores);
    for store in &mut stores {
        store.resolve("user:1", |names| names.iter().min().unwrap().to_string()).unwrap();
    }
    let stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Alice"]));
    assert!(stores.iter().all(|store| !store.siblings("user:1").is_conflict()));
}

#[test]
fn siblings_are_capped() {
    let mut store = open(1);
    for name in ["a", "b", "c"] {
        store.put("user:1", name, &[]).unwrap();
    }
    let error = store.put("user:1", "d", &[]).unwrap_err();
    assert_eq!(error, PutError::TooManySiblings { count: 3, limit: 3 });
    assert_eq!(error.to_string(), "3 siblings that were not seen, where 3 are allowed");
    assert_eq!(values(&store), ["a", "b", "c"]);
    let seen = context(&store);
    store.put("user:1", "d", &seen).unwrap();
    assert_eq!(values(&store), ["d"]);
}

#[test]
fn an_absent_key_has_no_siblings() {
    let store = open(1);
    assert_eq!(store.siblings("user:1").values().count(), 0);
    assert!(!store.siblings("user:1").is_conflict());
    assert!(context(&store).is_empty());
}
