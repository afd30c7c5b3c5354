//! Many keyed values: the thin face.

use rejoin_store::{Config, Durable, Store};

use crate::support::{Broken, Fault, Faulty, Item, connect, now, open, talk};

type Items = Store<String, Item, Faulty>;

#[test]
fn an_edit_is_durable_when_it_returns() {
    let disk = Faulty::new(1);
    let mut store = Items::open(disk.clone(), Config::default()).unwrap();
    assert!(store.is_empty());
    let fresh = store.edit("a", |item| item.tags().insert(1_u64)).unwrap();
    assert!(fresh);
    store.edit("b", |item| item.title().set("bee")).unwrap();
    assert!(store.remove("a").unwrap() && !store.remove("a").unwrap());

    let disk = store.into_durable().into_storage();
    let store = Items::open(disk, Config::default()).unwrap();
    assert_eq!(store.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(store.get("b").unwrap().title.get().unwrap(), "bee");
    assert!(!store.contains_key("a") && store.len() == 1);
}

#[test]
fn a_batch_is_one_transaction_and_one_message() {
    let mut nodes =
        [1, 2].map(|number| open::<rejoin_store::Keyed<String, Item>>(number, &Config::default()));
    connect(&mut nodes);
    talk(&mut nodes);
    let [first, mut second] = nodes;
    let mut store = Store::from(first);
    store
        .batch(|items| {
            for n in 0..10_u64 {
                items.entry(n.to_string()).tags().insert(n);
            }
            items.remove("3");
        })
        .unwrap();
    let transmit = store.durable_mut().replica_mut().poll_transmit(now()).unwrap();
    assert!(store.durable_mut().replica_mut().poll_transmit(now()).is_none());
    second.replica_mut().handle(now(), store.durable().id(), &transmit.payload).unwrap();
    assert_eq!(store.iter().count(), 9);
    assert_eq!(store.durable().state(), second.state());
}

#[test]
fn an_edit_whose_commit_fails_is_made_durable_by_the_next() {
    let disk = Faulty::new(1);
    let mut store = Items::open(disk.clone(), Config::default()).unwrap();
    disk.append.set(Fault::Fail);
    let error = store.edit("a", |item| item.tags().insert(1_u64)).unwrap_err();
    assert_eq!(error, rejoin_store::CommitError::Storage(Broken));
    assert!(store.contains_key("a"));
    disk.append.set(Fault::None);
    store.edit("b", |item| item.tags().insert(2_u64)).unwrap();
    let disk = store.into_durable().into_storage();
    let again = Durable::open(disk, Config::default()).unwrap();
    assert_eq!(Items::from(again).len(), 2);
}
