//! Dot stores: edits, deltas, differences and reads, at sizes from 100 to 100 000.

use rejoin_core::{Causal, Crdt, Diff, DotStore, Edit as _};
use rejoin_counters::ResetCounter;
use rejoin_maps::{Dotted, OrMap};
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::{AwBag, AwSet, RwSet};

use rejoin_tests::for_each_type;

use super::rig::{ALICE, BOB, CAROL, Growth, Key, SIZES, Work, counted, grows};

/// A collection under test: how to put a key in, how to take it out, and how to find it.
trait Collection: DotStore + Clone + 'static {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32);
    fn take(cursor: &mut Self::Cursor<'_>, key: u32);
    fn has(&self, key: u32) -> bool;
}

type K = Key;
type V = Key;

/// The collections of the catalogue.
macro_rules! collections {
    ($($name:ident: $kind:ident $type:ty $({ $($how:tt)* })?;)*) => {
        $($(collection!($kind $name $type, $($how)*);)?)*
    };
}

macro_rules! collection {
    (
        store $name:ident $type:ty,
        |$cursor:ident, $key:ident, $at:pat_param| put $put:expr, take $take:expr, has $has:ident
    ) => {
        impl Collection for $type {
            fn put($cursor: &mut Self::Cursor<'_>, key: u32) {
                let ($key, $at) = (Key(key), key);
                let _ = $put;
            }

            fn take($cursor: &mut Self::Cursor<'_>, key: u32) {
                let ($key, $at) = (Key(key), key);
                let _ = $take;
            }

            fn has(&self, key: u32) -> bool {
                self.$has(&Key(key))
            }
        }

        #[test]
        fn $name() {
            check::<$type>();
        }
    };
    ($kind:ident $($other:tt)*) => {};
}

for_each_type!(collections);

macro_rules! maps {
    ($($value:ty: |$cursor:ident, $key:ident| $put:expr;)*) => {$(
        impl Collection for OrMap<Key, $value> {
            fn put(cursor: &mut Self::Cursor<'_>, $key: u32) {
                let mut $cursor = cursor.entry(Key($key));
                $put;
            }

            fn take(cursor: &mut Self::Cursor<'_>, key: u32) {
                cursor.remove(&Key(key));
            }

            fn has(&self, key: u32) -> bool {
                self.contains_key(&Key(key))
            }
        }
    )*};
}

maps! {
    AwSet<Key>: |set, key| set.insert(Key(key));
    ResetCounter: |counter, key| counter.add(i64::from(key) + 1);
    EwFlag: |flag, _key| flag.enable();
    Dotted<Max<u32>>: |dotted, key| dotted.join(Max::from(key));
}

/// Removes inside of an entry, and not the entry.
impl Collection for OrMap<Key, OrMap<Key, AwSet<Key>>> {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.entry(Key(key)).entry(Key(key % 7)).insert(Key(1));
    }

    fn take(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.entry(Key(key)).remove(&Key(key % 7));
    }

    fn has(&self, key: u32) -> bool {
        self.get(&Key(key)).is_some_and(|inner| inner.contains_key(&Key(key % 7)))
    }
}

/// Everything under one key of a field, so that what is large is an entry.
#[derive(Clone, Default, DotStore)]
struct Deep {
    title: MvRegister<Key>,
    parts: OrMap<Key, AwSet<Key>>,
}

impl Collection for Deep {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.title().set(Key(key));
        cursor.parts().entry(Key(0)).insert(Key(key));
    }

    fn take(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.parts().entry(Key(0)).remove(&Key(key));
    }

    fn has(&self, key: u32) -> bool {
        self.parts.get(&Key(0)).is_some_and(|part| part.contains(&Key(key)))
    }
}

/// `size` keys by two writers.
fn filled<S: Collection>(size: u32) -> Causal<S> {
    let mut value = Causal::<S>::default();
    for (writer, keys) in [(ALICE, 0..size / 2), (BOB, size / 2..size)] {
        value.edit(writer, |cursor| keys.for_each(|key| S::put(cursor, key)));
    }
    value
}

/// Ten keys that are there, far apart, and others in each try.
fn ten(size: u32, tried: u32) -> impl Iterator<Item = u32> {
    (0..10).map(move |at| at * (size / 10) + tried)
}

/// Makes the change of a try, and gives its delta.
type Edit<'a, S> = &'a dyn Fn(&mut Causal<S>) -> Causal<S>;

/// What two replicas do in a try, and what of it is counted.
type Step<'a, S> = &'a dyn Fn(&mut Causal<S>, &mut Causal<S>, Edit<'_, S>) -> Work;

type Change<S> = fn(&mut <S as DotStore>::Cursor<'_>, u32, u32);

/// What changes ten entries, whatever the number of them.
fn changes<S: Collection>() -> [(&'static str, Change<S>); 3] {
    [
        ("ten additions", |cursor, size, tried| {
            (0..10).for_each(|at| S::put(cursor, size + 10 * tried + at));
        }),
        ("ten overwrites", |cursor, size, tried| {
            ten(size, tried).for_each(|key| S::put(cursor, key));
        }),
        ("ten removals", |cursor, size, tried| {
            ten(size, tried).for_each(|key| S::take(cursor, key));
        }),
    ]
}

fn check<S: Collection>() {
    check_at::<S>(&*SIZES);
}

fn check_at<S: Collection>(sizes: &[u32]) {
    let name = std::any::type_name::<S>();
    // Two replicas, so that what one does reaches the other in each try.
    let bases: Vec<_> = sizes.iter().map(|size| (filled::<S>(*size), filled::<S>(*size))).collect();
    for (change, edit) in changes::<S>() {
        let check = |does: &str, work: Step<'_, S>| {
            let what = format!("{name}: {change}, {does}");
            grows(&what, Growth::Constant, sizes, &bases, |(here, there), size, tried| {
                work(here, there, &|value| value.edit(CAROL, |cursor| edit(cursor, size, tried)))
            });
        };
        check("edited", &|here, _, edit| counted(|| edit(here)));
        check("merged again", &|here, _, edit| {
            let delta = edit(here);
            counted(|| assert!(!here.merge(delta)))
        });
        check("merged as a delta", &|here, there, edit| {
            let delta = edit(there);
            counted(|| assert!(here.merge(delta)))
        });
        check("merged as a difference", &|here, there, edit| {
            edit(there);
            let difference = there.diff(&here.digest()).expect("what was edited");
            counted(|| assert!(here.merge(difference)))
        });
    }
    // It looks at all live dots, whatever differs.
    let made = format!("{name}: a difference made");
    grows(&made, Growth::Linear, sizes, &bases, |(here, there), size, tried| {
        there.edit(CAROL, |cursor| S::put(cursor, size + tried));
        let digest = here.digest();
        counted(|| there.diff(&digest))
    });
    let look_up = format!("{name}: a look-up");
    grows(&look_up, Growth::Constant, sizes, &bases, |(here, _), size, tried| {
        counted(|| assert!(here.has(size / 2 + tried) && !here.has(size + tried)))
    });
    bulk_load::<S>(name, sizes);
}

/// A bulk load is one edit with one delta, and no more than linear.
fn bulk_load<S: Collection>(name: &str, sizes: &[u32]) {
    let empty = vec![Causal::<S>::default(); sizes.len()];
    grows(&format!("{name}: bulk load"), Growth::Linear, sizes, &empty, |_, size, _| {
        let mut value = Causal::<S>::default();
        let work =
            counted(|| value.edit(ALICE, |cursor| (0..size).for_each(|key| S::put(cursor, key))));
        assert!(value.has(0) && value.has(size - 1));
        work
    });
}

#[test]
fn or_map_of_counters() {
    check::<OrMap<Key, ResetCounter>>();
}

#[test]
fn or_map_of_flags() {
    check::<OrMap<Key, EwFlag>>();
}

#[test]
fn or_map_of_lattices() {
    check::<OrMap<Key, Dotted<Max<u32>>>>();
}

#[test]
fn or_map_of_sets() {
    check_at::<OrMap<Key, AwSet<Key>>>(&SIZES[..3]); // filling the largest takes long
}

#[test]
fn nested_or_map() {
    check_at::<OrMap<Key, OrMap<Key, AwSet<Key>>>>(&SIZES[..3]); // filling the largest takes long
}

#[test]
fn derived_and_deep() {
    check::<Deep>();
}
