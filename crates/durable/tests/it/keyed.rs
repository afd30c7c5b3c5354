//! Many keyed values under one clock.

use rejoin_core::Causal;
use rejoin_durable::{CommitError, Durable};
use rejoin_maps::OrMap;
use rejoin_store::Config;

use crate::support::{Broken, Fault, Faulty, Item, connect, now, open, talk};

type Items = Causal<OrMap<String, Item>>;
type Store = Durable<Items, Faulty>;

#[test]
fn an_edit_is_durable_when_it_returns() {
    let disk = Faulty::new(1);
    let mut store = Store::open(disk.clone(), Config::default()).unwrap();
    assert!(store.state().is_empty());
    let fresh = store.edit(|items| items.entry("a").tags().insert(1_u64)).unwrap();
    assert!(fresh);
    store.edit(|items| items.entry("b").title().set("bee")).unwrap();
    assert!(store.edit(|items| items.remove("a")).unwrap());
    assert!(!store.edit(|items| items.remove("a")).unwrap());

    let disk = store.into_storage();
    let store = Store::open(disk, Config::default()).unwrap();
    assert_eq!(store.state().keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(store.state().get("b").unwrap().title.get().unwrap(), "bee");
    assert!(!store.state().contains_key("a") && store.state().len() == 1);
}

#[test]
fn an_edit_of_many_keys_is_one_transaction_and_one_message() {
    let mut nodes = [1, 2].map(|number| open::<Items>(number, &Config::default()));
    connect(&mut nodes);
    talk(&mut nodes);
    let [mut first, mut second] = nodes;
    first
        .edit(|items| {
            for n in 0..10_u64 {
                items.entry(n.to_string()).tags().insert(n);
            }
            items.remove("3");
        })
        .unwrap();
    let transmit = first.replica_mut().poll_transmit(now()).unwrap();
    assert!(first.replica_mut().poll_transmit(now()).is_none());
    second.replica_mut().handle(now(), first.id(), &transmit.payload).unwrap();
    assert_eq!(first.state().iter().count(), 9);
    assert_eq!(first.state(), second.state());
}

#[test]
fn an_edit_whose_commit_fails_is_made_durable_by_the_next() {
    let disk = Faulty::new(1);
    let mut store = Store::open(disk.clone(), Config::default()).unwrap();
    disk.append.set(Fault::Fail);
    let error = store.edit(|items| items.entry("a").tags().insert(1_u64)).unwrap_err();
    assert_eq!(error, CommitError::Storage(Broken));
    assert!(store.state().contains_key("a"));
    disk.append.set(Fault::None);
    store.edit(|items| items.entry("b").tags().insert(2_u64)).unwrap();
    let disk = store.into_storage();
    let again = Store::open(disk, Config::default()).unwrap();
    assert_eq!(again.state().len(), 2);
}
