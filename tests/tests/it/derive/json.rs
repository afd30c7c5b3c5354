//! A document that contains itself.

use std::collections::BTreeMap;

use quickcheck::{Arbitrary, Gen};
use rejoin_core::laws;
use rejoin_core::{Causal, Crdt, DotStore, Edit, EntryChange, ValueChange, Watch, WatchStore};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use serde::{Deserialize, Serialize};

use super::{ALICE, BOB};

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore, Serialize, Deserialize)]
struct Json {
    scalar: MvRegister<u64>,
    map: OrMap<String, Json>,
}

/// What a reader sees of it.
#[derive(Debug, PartialEq)]
struct Read {
    scalar: Vec<u64>,
    map: BTreeMap<String, Read>,
}

fn read(json: &Json) -> Read {
    let entries = json.map.iter().map(|(key, value)| (key.clone(), read(value)));
    Read { scalar: json.scalar.values().copied().collect(), map: entries.collect() }
}

fn edit(json: &mut JsonCursor<'_>, g: &mut Gen) {
    let key = ["a", "b"][usize::from(bool::arbitrary(g))];
    match u8::arbitrary(g) % 8 {
        0 => {
            json.scalar().clear();
        }
        1 => {
            json.map().remove(key);
        }
        2..4 => json.scalar().set(u64::from(u8::arbitrary(g) % 4)),
        _ => edit(&mut json.map().entry(key), g),
    }
}

#[test]
fn a_recursive_document_obeys_the_laws() {
    laws::check::<Causal<Json>>(edit);
}

#[test]
fn a_recursive_document_converges() {
    laws::on_values::<Causal<Json>>(edit, |values| {
        let join = |mut all: Causal<Json>, value: &Causal<Json>| {
            all.merge(value.clone());
            all
        };
        let forwards = values.iter().fold(Causal::default(), join);
        let backwards = values.iter().rev().fold(Causal::default(), join);
        if forwards != backwards {
            return Err(format!("the order matters:\n  {forwards:?}\n  {backwards:?}"));
        }
        let bytes = serde_json::to_string(&forwards).map_err(|error| error.to_string())?;
        let decoded: Causal<Json> =
            serde_json::from_str(&bytes).map_err(|error| error.to_string())?;
        if decoded != forwards {
            return Err(format!("{bytes} is not what was written"));
        }
        Ok(())
    });
}

#[test]
fn what_reads_differently_is_a_change() {
    laws::on_values::<Causal<Json>>(edit, |values| {
        for pair in values.windows(2) {
            let (mut here, before) = (pair[0].clone(), read(&pair[0]));
            let mut changes = Vec::new();
            here.merge_watched(pair[1].clone(), &mut |change| changes.push(change));
            let after = read(&here);
            if changes.is_empty() != (before == after) {
                return Err(format!("{changes:?}\n  from {before:?}\n  to   {after:?}"));
            }
        }
        Ok(())
    });
}

#[test]
fn a_change_leads_to_where_it_happened() {
    let mut here = Causal::<Json>::default();
    here.edit(ALICE, |json| json.map().entry("a").map().entry("b").scalar().set(1));
    let mut there = here.clone();
    let delta = there.edit(BOB, |json| {
        json.scalar().set(7);
        json.map().entry("a").map().entry("b").scalar().set(2);
        json.map().entry("c").scalar().set(3);
    });

    let mut changes = Vec::new();
    here.merge_watched(delta, &mut |change| changes.push(change));
    let value = |before: &[u64], after: &[u64]| {
        JsonChange::Scalar(ValueChange { before: before.into(), after: after.into() })
    };
    let updated =
        |key: &str, change| JsonChange::Map(EntryChange::Updated(key.to_owned(), [change].into()));
    assert_eq!(
        changes,
        [
            value(&[], &[7]),
            updated("a", updated("b", value(&[1], &[2]))),
            JsonChange::Map(EntryChange::Added("c".to_owned())),
        ]
    );
}
