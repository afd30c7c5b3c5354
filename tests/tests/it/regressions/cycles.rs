//! Ten thousand cycles of adding and removing leave what is live, and one run a replica.

use std::fmt::Debug;

use rejoin_core::{Causal, Crdt, DotStore, Edit};
use rejoin_counters::ResetCounter;
use rejoin_maps::{Dotted, OrMap};
use rejoin_registers::{DwFlag, EwFlag, Max, MvRegister};
use rejoin_sets::{AwBag, AwSet, RwSet};
use rejoin_tests::spec::{Document, Json, Scalar};
use serde::Serialize;

use super::{ALICE, BOB, live};

/// Two replicas take turns; each adds and removes, and the other hears of it.
fn cycles<S>(
    left: usize,
    add: impl Fn(&mut S::Cursor<'_>, u32),
    remove: impl Fn(&mut S::Cursor<'_>, u32),
) where
    S: DotStore + Clone + PartialEq + Debug + Serialize + 'static,
{
    let (mut here, mut there) = (Causal::<S>::default(), Causal::<S>::default());
    for cycle in 0..10_000 {
        let (writer, other, replica) = match cycle % 2 {
            0 => (&mut here, &mut there, ALICE),
            _ => (&mut there, &mut here, BOB),
        };
        other.merge(writer.edit(replica, |cursor| add(cursor, cycle)));
        other.merge(writer.edit(replica, |cursor| remove(cursor, cycle)));
    }
    assert_eq!(here, there);
    assert_eq!(live(here.store()), left);
    assert_eq!((here.context().run_count(), here.foretold().len()), (2, 0));
    let bytes = postcard::to_stdvec(&here).expect("is encoded");
    assert!(bytes.len() < 100 + 30 * left, "{} bytes: {here:?}", bytes.len());
}

#[test]
fn of_sets() {
    cycles::<AwSet<u32>>(
        0,
        |set, x| {
            set.insert(x);
        },
        |set, x| {
            set.remove(&x);
        },
    );
    cycles::<AwBag<u32>>(
        0,
        |bag, x| bag.extend([x, x]),
        |bag, x| {
            bag.remove_one(x);
            bag.remove(&x);
        },
    );
    // A removal stays until it is forgotten.
    cycles::<RwSet<u32>>(
        0,
        |set, x| {
            set.insert(x);
        },
        |set, x| {
            set.remove(x);
            set.forget();
        },
    );
    // Or until the element is added again.
    cycles::<RwSet<u32>>(
        1,
        |set, _| {
            set.insert(0);
        },
        |set, _| {
            set.remove(0);
        },
    );
}

#[test]
fn of_registers_and_counters() {
    cycles::<EwFlag>(
        0,
        |flag, _| flag.enable(),
        |flag, _| {
            flag.disable();
        },
    );
    cycles::<DwFlag>(
        1,
        |flag, _| flag.enable(),
        |flag, _| {
            flag.disable();
        },
    );
    cycles::<MvRegister<u32>>(
        0,
        |register, x| register.set(x),
        |register, _| {
            register.clear();
        },
    );
    cycles::<ResetCounter>(
        0,
        |counter, x| {
            counter.add(i64::from(x) + 1);
        },
        |counter, _| {
            counter.reset();
        },
    );
    cycles::<Dotted<Max<u32>>>(
        0,
        |most, x| {
            most.edit(|most| most.set(x));
        },
        |most, _| {
            most.clear();
        },
    );
}

#[test]
fn of_maps_and_documents() {
    cycles::<OrMap<u32, OrMap<u32, MvRegister<u32>>>>(
        0,
        |map, x| map.entry(x % 7).entry(x).set(x),
        |map, x| {
            if x % 3 == 0 {
                map.entry(x % 7).remove(&x);
            } else {
                map.remove(&(x % 7));
            }
        },
    );
    cycles::<OrMap<u32, Document>>(
        0,
        |map, x| {
            let mut document = map.entry(x);
            document.tags().insert(1);
            document.votes().add(1);
            document.public().disable();
            document.admins().remove(1);
        },
        |map, x| {
            map.remove(&x);
        },
    );
    cycles::<Json>(
        0,
        |json, x| {
            let name = x.to_string();
            json.fields().entry(&name).fields().entry("inner").scalar().set(Scalar::Null);
        },
        |json, x| {
            json.fields().remove(&x.to_string());
        },
    );
}
