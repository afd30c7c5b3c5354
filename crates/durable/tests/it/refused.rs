//! What cannot be read back is refused at the edit, and costs nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rejoin_codec::EncodeError;
use rejoin_core::Causal;
use rejoin_durable::{CommitError, Durable, Memory};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_store::{Config, RefusedEdit, Replicated};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::support::{connect, id, open, talk};

/// Serde writes it in any format, and reads it only from one that describes its types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Circle { radius: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    name: String,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Skips {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A list in a list in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Deep(Vec<Deep>);

fn deep(levels: usize) -> Deep {
    (0..levels).fold(Deep(Vec::new()), |inside, _| Deep(vec![inside]))
}

type Shelf<V> = Causal<OrMap<String, MvRegister<V>>>;

/// Puts `bad` between two values that are sound, and returns why it was refused.
fn refusal<V>(good: V, bad: V) -> RefusedEdit
where
    V: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + 'static,
    Shelf<V>: Replicated,
{
    let config = Config::default;
    let mut here = Durable::<Shelf<V>, _>::open(Memory::new(id(1).node()), config()).unwrap();
    here.edit(|shelf| shelf.entry("a").set(good.clone())).unwrap();
    let before = here.state().clone();
    let refused = here.edit(|shelf| {
        shelf.entry("a").set(bad.clone());
        shelf.entry("b").set(bad.clone());
    });
    let Err(CommitError::Refused(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(*here.state(), before);
    here.edit(|shelf| shelf.entry("c").set(good.clone())).unwrap();

    let there = Durable::<Shelf<V>, _>::open(Memory::new(id(2).node()), config()).unwrap();
    let mut replicas = [here, there];
    connect(&mut replicas);
    talk(&mut replicas);
    let [here, there] = replicas;
    assert_eq!(there.state(), here.state());
    let state = here.state().clone();
    let again = Durable::<Shelf<V>, _>::open(here.into_storage(), config()).unwrap();
    assert_eq!(*again.state(), state);
    assert_eq!(again.state().len(), 2);
    why
}

#[test]
fn a_tagged_enum_was_acknowledged_and_made_the_whole_file_unreadable() {
    let refused = refusal::<Option<Tagged>>(None, Some(Tagged::Circle { radius: 1 }));
    assert!(matches!(refused, RefusedEdit::Encode(EncodeError::NotReadable(_))), "{refused:?}");
}

#[test]
fn an_untagged_enum_was_acknowledged_and_never_read_again() {
    for bad in [Untagged::Number(1), Untagged::Text("one".into())] {
        let refused = refusal::<Option<Untagged>>(None, Some(bad));
        assert!(matches!(refused, RefusedEdit::Encode(EncodeError::NotReadable(_))), "{refused:?}");
    }
}

#[test]
fn a_flattened_map_was_acknowledged_and_never_read_again() {
    let flat = Flat { name: "x".into(), rest: [("y".into(), 1)].into() };
    let refused = refusal::<Option<Flat>>(None, Some(flat));
    assert!(matches!(refused, RefusedEdit::Encode(_)), "{refused:?}");
}

#[test]
fn a_field_that_is_left_out_stopped_every_later_edit() {
    let refused = refusal(Skips { note: Some("here".into()) }, Skips { note: None });
    let skipped = EncodeError::Skipped { container: "Skips", field: "note" };
    assert_eq!(refused, RefusedEdit::Encode(skipped));
}

#[test]
fn a_value_that_nests_too_deep_stopped_every_later_edit() {
    for levels in [120, 125, 200, 1_000] {
        let refused = refusal(deep(3), deep(levels));
        assert!(matches!(refused, RefusedEdit::Encode(EncodeError::TooDeep(_))), "{refused:?}");
    }
}

#[test]
fn not_a_number_made_replicas_differ_from_themselves() {
    let refused = refusal(0.5, f64::NAN);
    assert_eq!(refused, RefusedEdit::Encode(EncodeError::NotEqualToItself));
}

/// However deep what is accepted nests, peers and disks read it.
#[test]
fn what_is_accepted_is_read_everywhere() {
    for levels in 100..128 {
        let mut here = open::<Shelf<Deep>>(1, &Config::default());
        if here.edit(|shelf| shelf.entry("deep").set(deep(levels))).is_err() {
            assert!(levels > 105, "{levels}");
            continue;
        }
        let mut replicas = [here, open::<Shelf<Deep>>(2, &Config::default())];
        connect(&mut replicas);
        talk(&mut replicas);
        let [mut here, there] = replicas;
        assert_eq!(there.state(), here.state(), "{levels}");
        here.compact().unwrap();
        let again = Durable::<Shelf<Deep>, _>::open(here.into_storage(), Config::default());
        assert_eq!(again.unwrap().state(), there.state(), "{levels}");
    }
}

#[test]
fn an_edit_over_the_limit_was_acknowledged_and_never_replicated() {
    let config = Config::default().with_max_value(1 << 16);
    let mut here = open::<Shelf<String>>(1, &config);
    here.edit(|shelf| shelf.entry("a").set("short")).unwrap();
    let before = here.state().clone();
    let refused = here.edit(|shelf| shelf.entry("a").set("x".repeat(1 << 17))).unwrap_err();
    let CommitError::Refused(RefusedEdit::TooLong { bytes, limit }) = refused else {
        panic!("{refused:?}")
    };
    assert!(bytes > 1 << 17 && limit == 1 << 16);
    assert_eq!(*here.state(), before);
    assert!(here.replica().is_durable());
}

/// Two panics in a row left the first one's changes in no delta.
#[test]
fn edits_that_panic_change_nothing() {
    let config = Config::default();
    let mut here = open::<Shelf<u8>>(1, &config);
    here.edit(|shelf| shelf.entry("a").set(1)).unwrap();
    let before = here.state().clone();
    for _ in 0..2 {
        let panics = || {
            here.edit(|shelf| {
                shelf.entry("a").set(2);
                shelf.remove("a");
                shelf.entry("b").set(3);
                panic!("on purpose");
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert_eq!(*here.state(), before);
    }
    here.edit(|shelf| shelf.entry("c").set(4)).unwrap();
    let mut replicas = [here, open::<Shelf<u8>>(2, &config)];
    connect(&mut replicas);
    talk(&mut replicas);
    assert_eq!(replicas[0].state(), replicas[1].state());
    assert_eq!(replicas[1].state().len(), 2);
}
