//! A storage knows the type of what is in it.

use rejoin_core::{Causal, DotStore};
use rejoin_durable::{Durable, LoadError, Memory, Replicated, Storage};
use rejoin_maps::{GMap, OrMap};
use rejoin_registers::{EwFlag, Max, Min, MvRegister};
use rejoin_sets::{AwSet, GSet};
use rejoin_store::Config;
use serde::{Deserialize, Serialize};

use crate::support::{id, open, records};

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Book {
    title: MvRegister<String>,
    author: MvRegister<String>,
}

mod swapped {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
    pub(super) struct Book {
        author: MvRegister<String>,
        title: MvRegister<String>,
    }
}

/// Why a storage cannot be opened with this type.
#[track_caller]
fn refused<S: Replicated>(storage: &Memory) -> String {
    match Durable::<S, _>::open(storage.clone(), Config::default()) {
        Err(LoadError::Type(mismatch)) => mismatch.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was opened"),
    }
}

/// What is in the log, and what is in a snapshot.
fn both<S: Replicated>(mut node: Durable<S, Memory>) -> [Memory; 2] {
    let log = node.storage().clone();
    node.compact().unwrap();
    [log, node.into_storage()]
}

/// It opened with the title in the author's place.
#[test]
fn fields_that_have_changed_places_are_refused() {
    let mut node = open::<Causal<Book>>(1, &Config::default());
    node.edit(|book| book.title().set("Emma")).unwrap();
    node.edit(|book| book.author().set("Austen")).unwrap();
    let value = node.state().clone();
    for storage in both(node) {
        assert_eq!(
            refused::<Causal<swapped::Book>>(&storage),
            "at `store` it is Book { author, title } here, and Book { title, author } there"
        );
        let again = Durable::<Causal<Book>, _>::open(storage, Config::default()).unwrap();
        assert_eq!(again.state(), &value);
    }
}

#[test]
fn types_of_equal_bytes_are_refused() {
    let mut node = open::<Causal<AwSet<String>>>(1, &Config::default());
    node.edit(|set| set.insert("red")).unwrap();
    for storage in both(node) {
        let mismatch = refused::<Causal<OrMap<String, EwFlag>>>(&storage);
        assert_eq!(mismatch, "at `store` it is OrMap here, and AwSet there");
    }
    let mut node = open::<GMap<u8, Max<u64>>>(1, &Config::default());
    node.edit(|map| map.entry(1).set(7_u64)).unwrap();
    for storage in both(node) {
        let mismatch = refused::<GMap<u8, Min<u64>>>(&storage);
        assert_eq!(mismatch, "at `{value}` it is Min here, and Max there");
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename = "Colour")]
enum Two {
    Red,
    Green,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename = "Colour")]
enum Three {
    Red,
    Blue(u8),
    Green,
}

#[test]
fn a_variant_more_is_no_other_type() {
    let mut node = open::<GSet<Two>>(1, &Config::default());
    node.edit(|set| set.insert(Two::Green)).unwrap();
    for storage in both(node) {
        let mut node = Durable::<GSet<Three>, _>::open(storage, Config::default()).unwrap();
        assert!(node.state().contains(&Three::Green));
        let old = Durable::<GSet<Two>, _>::open(node.storage().clone(), Config::default());
        assert!(old.unwrap().state().contains(&Two::Green));
        node.edit(|set| set.insert(Three::Blue(1))).unwrap();
        assert_eq!(node.state().len(), 2);
    }
}

#[test]
fn nothing_is_of_no_type() {
    let node = open::<GSet<u8>>(1, &Config::default());
    let storage = node.into_storage();
    assert!(Durable::<GSet<u16>, _>::open(storage, Config::default()).is_ok());
}

/// What the records are of is said once, and again in each snapshot. If that is damaged, they are
/// read all the same.
#[test]
fn a_damaged_shape_costs_no_other_record() {
    let mut node = open::<GSet<u8>>(1, &Config::default());
    node.edit(|set| set.insert(1)).unwrap();
    node.edit(|set| set.insert(2)).unwrap();
    let all = records(node.storage());
    assert_eq!(all.len(), 3);
    let mut damaged = Memory::new(id(1).node());
    for (at, mut record) in all.into_iter().enumerate() {
        if at == 0 {
            *record.last_mut().unwrap() ^= 1;
        }
        damaged.append(&record).unwrap();
    }
    let node = Durable::<GSet<u8>, _>::open(damaged, Config::default()).unwrap();
    assert_eq!(node.state().iter().copied().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(node.unreadable().len(), 1);
}
