//! Lattices without dots: all O(log n), in a tree or a sorted vector.

use rejoin_core::{Crdt, Diff, Edit};
use rejoin_counters::GCounter;
use rejoin_maps::{GMap, LwwMap};
use rejoin_registers::Max;
use rejoin_sets::{AddBias, GSet, LwwElementSet, TwoPhaseSet};
use rejoin_tests::for_each_type;

use super::rig::{ALICE, Growth, Key, SIZES, counted, grows};

/// A collection under test. What cannot be taken out is put in again.
trait Collection: Crdt + Edit + Diff + Clone + 'static {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32, time: u32);
    fn take(cursor: &mut Self::Cursor<'_>, key: u32, time: u32);
    fn has(&self, key: u32) -> bool;
}

type K = Key;
type V = u32;
type T = u32;

/// The collections of the catalogue.
macro_rules! collections {
    ($($name:ident: $kind:ident $type:ty $({ $($how:tt)* })?;)*) => {
        $($(collection!($kind $name $type, $($how)*);)?)*
    };
}

macro_rules! collection {
    (store $($other:tt)*) => {};
    (
        $kind:ident $name:ident $type:ty,
        |$cursor:ident, $key:ident, $at:pat_param| put $put:expr, take $take:expr, has $has:ident
    ) => {
        impl Collection for $type {
            fn put($cursor: &mut Self::Cursor<'_>, key: u32, time: u32) {
                let ($key, $at) = (Key(key), time);
                let _ = $put;
            }

            fn take($cursor: &mut Self::Cursor<'_>, key: u32, time: u32) {
                let ($key, $at) = (Key(key), time);
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
}

for_each_type!(collections);

collections! {
    g_map_of_max: map GMap<Key, Max<u32>>
        { |map, key, at| put map.entry(key).set(at), take map.entry(key).set(at),
          has contains_key };
}

fn filled<C: Collection>(size: u32) -> C {
    let mut value = C::default();
    value.edit(ALICE, |cursor| (0..size).for_each(|key| C::put(cursor, key, 1)));
    value
}

/// Keys that are there, or not, and others in each try.
fn ten(size: u32, tried: u32) -> impl Iterator<Item = u32> {
    (0..10).map(move |at| at * (size / 10) + tried)
}

type Change<C> = fn(&mut <C as Edit>::Cursor<'_>, u32, u32);

fn check<C: Collection>() {
    let name = std::any::type_name::<C>();
    let bases = SIZES.map(filled::<C>);
    let changes: [(&str, Change<C>); 3] = [
        ("ten additions", |cursor, size, tried| {
            (0..10).for_each(|at| C::put(cursor, size + 10 * tried + at, 2));
        }),
        ("ten overwrites", |cursor, size, tried| {
            ten(size, tried).for_each(|key| C::put(cursor, key, 2 + tried));
        }),
        ("ten removals", |cursor, size, tried| {
            ten(size, tried).for_each(|key| C::take(cursor, key, 2 + tried));
        }),
    ];
    for (change, edit) in changes {
        let edited = format!("{name}: {change}, edited");
        grows(&edited, Growth::Logarithmic, &*SIZES, &bases, |here, size, tried| {
            counted(|| here.edit(ALICE, |cursor| edit(cursor, size, tried)))
        });
        let merged = format!("{name}: {change}, merged");
        grows(&merged, Growth::Logarithmic, &*SIZES, &bases, |here, size, tried| {
            let delta = here.clone().edit(ALICE, |cursor| edit(cursor, size, tried));
            counted(|| here.merge(delta))
        });
    }
    let look_up = format!("{name}: a look-up");
    grows(&look_up, Growth::Logarithmic, &*SIZES, &bases, |here, size, tried| {
        counted(|| assert!(here.has(size / 2 + tried) && !here.has(size + tried)))
    });
}
