//! Concurrent values side by side.

use rejoin_core::{Causal, Dot};
use rejoin_durable::{CommitError, Durable, Memory};
use rejoin_maps::OrMap;
use rejoin_registers::{MvRegister, TooManySiblings};
use rejoin_store::Config;

use crate::support::{connect, disconnect, id, talk};

type Names = Durable<Causal<OrMap<String, MvRegister<String>>>, Memory>;

/// How many siblings a name may have.
const LIMIT: usize = 3;

fn open(number: u128) -> Names {
    Names::open(Memory::new(id(number).node()), Config::default()).unwrap()
}

fn meet<const N: usize>(mut nodes: [Names; N]) -> [Names; N] {
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    nodes
}

fn put(store: &mut Names, name: &str, seen: &[Dot]) -> Result<(), TooManySiblings> {
    let put = store.edit(|names| names.entry("user:1").put(seen, name, LIMIT));
    put.map_err(|error: CommitError<_>| error).unwrap()
}

fn resolve(store: &mut Names, resolver: impl FnOnce(&[&String]) -> String) -> bool {
    store.edit(|names| names.entry("user:1").resolve(resolver)).unwrap()
}

fn register(store: &Names) -> MvRegister<String> {
    store.state().get("user:1").cloned().unwrap_or_default()
}

fn values(store: &Names) -> Vec<String> {
    let mut values: Vec<String> = register(store).values().cloned().collect();
    values.sort_unstable();
    values
}

fn context(store: &Names) -> Vec<Dot> {
    register(store).version()
}

/// The article's demonstration: three names at three nodes.
#[test]
fn concurrent_writes_are_all_kept_until_one_resolves_them() {
    let mut stores = [open(1), open(2), open(3)];
    for (store, name) in stores.iter_mut().zip(["Alice", "Alicia", "Allison"]) {
        put(store, name, &[]).unwrap();
    }
    let mut stores = meet(stores);
    for store in &stores {
        assert_eq!(values(store), ["Alice", "Alicia", "Allison"]);
        assert!(register(store).is_conflict());
    }
    let longest =
        |names: &[&String]| names.iter().max_by_key(|name| name.len()).unwrap().to_string();
    assert!(resolve(&mut stores[1], longest));
    assert!(!resolve(&mut stores[1], longest), "there is nothing left to resolve");
    let stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Allison"]));
}

#[test]
fn a_put_replaces_what_its_writer_has_seen_and_nothing_else() {
    let mut stores = [open(1), open(2)];
    put(&mut stores[0], "Alice", &[]).unwrap();
    let mut stores = meet(stores);
    let seen = context(&stores[0]);
    put(&mut stores[0], "Alicia", &seen).unwrap();
    // A client that read before that writes at the other replica, after it has heard of Alicia.
    let mut stores = meet(stores);
    put(&mut stores[1], "Allison", &seen).unwrap();
    let mut stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Alicia", "Allison"]));
    let both = context(&stores[0]);
    put(&mut stores[0], "Al", &both).unwrap();
    let stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Al"]));
}

#[test]
fn two_that_resolve_to_the_same_make_no_siblings() {
    let mut stores = [open(1), open(2)];
    for (store, name) in stores.iter_mut().zip(["Alice", "Bob"]) {
        put(store, name, &[]).unwrap();
    }
    let mut stores = meet(stores);
    for store in &mut stores {
        assert!(resolve(store, |names| names.iter().min().unwrap().to_string()));
    }
    let stores = meet(stores);
    assert!(stores.iter().all(|store| values(store) == ["Alice"]));
    assert!(stores.iter().all(|store| !register(store).is_conflict()));
}

#[test]
fn siblings_are_capped() {
    let mut store = open(1);
    for name in ["a", "b", "c"] {
        put(&mut store, name, &[]).unwrap();
    }
    let error = put(&mut store, "d", &[]).unwrap_err();
    assert_eq!((error.count, error.limit), (3, 3));
    assert_eq!(error.to_string(), "3 siblings that were not seen, where 3 are allowed");
    assert_eq!(values(&store), ["a", "b", "c"]);
    let seen = context(&store);
    put(&mut store, "d", &seen).unwrap();
    assert_eq!(values(&store), ["d"]);
}

#[test]
fn an_absent_key_has_no_siblings() {
    let store = open(1);
    assert_eq!(values(&store).len(), 0);
    assert!(!register(&store).is_conflict());
    assert!(context(&store).is_empty());
}
