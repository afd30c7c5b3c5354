//! Lattices without dots: all O(log n), in a tree or a sorted vector.

use rejoin_core::{Crdt, Diff, Edit};
use rejoin_maps::{GMap, LwwMap};
use rejoin_registers::Max;
use rejoin_sets::{GSet, LwwElementSet, TwoPhaseSet};

use super::rig::{ALICE, Growth, Key, SIZES, counted, grows};

/// A collection under test. What cannot be taken out is put in again.
trait Collection: Crdt + Edit + Diff + Clone + 'static {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32, time: u32);
    fn take(cursor: &mut Self::Cursor<'_>, key: u32, time: u32);
    fn has(&self, key: u32) -> bool;
}

macro_rules! collections {
    ($($type:ty: $has:ident, |$cursor:ident, $key:ident, $time:ident| $put:expr, $take:expr;)*) => {$(
        impl Collection for $type {
            fn put($cursor: &mut Self::Cursor<'_>, $key: u32, $time: u32) {
                _ = $time;
                $put;
            }

            fn take($cursor: &mut Self::Cursor<'_>, $key: u32, $time: u32) {
                _ = $time;
                $take;
            }

            fn has(&self, key: u32) -> bool {
                self.$has(&Key(key))
            }
        }
    )*};
}

collections! {
    GSet<Key>: contains, |set, key, time|
        set.insert(Key(key)), set.insert(Key(key));
    TwoPhaseSet<Key>: contains, |set, key, time|
        set.insert(Key(key)), set.remove(&Key(key));
    LwwElementSet<Key, u32>: contains, |set, key, time|
        set.insert(time, Key(key)), set.remove(time, Key(key));
    LwwMap<Key, u32, u32>: contains_key, |map, key, time|
        map.insert(time, Key(key), key), map.remove(time, Key(key));
    GMap<Key, Max<u32>>: contains_key, |map, key, time|
        map.entry(Key(key)).set(time), map.entry(Key(key)).set(time);
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
        grows(&edited, Growth::Logarithmic, &SIZES, &bases, |here, size, tried| {
            counted(|| here.edit(ALICE, |cursor| edit(cursor, size, tried)))
        });
        let merged = format!("{name}: {change}, merged");
        grows(&merged, Growth::Logarithmic, &SIZES, &bases, |here, size, tried| {
            let delta = here.clone().edit(ALICE, |cursor| edit(cursor, size, tried));
            counted(|| here.merge(delta))
        });
    }
    let look_up = format!("{name}: a look-up");
    grows(&look_up, Growth::Logarithmic, &SIZES, &bases, |here, size, tried| {
        counted(|| assert!(here.has(size / 2 + tried) && !here.has(size + tried)))
    });
}

#[test]
fn g_set() {
    check::<GSet<Key>>();
}

#[test]
fn two_phase_set() {
    check::<TwoPhaseSet<Key>>();
}

#[test]
fn lww_element_set() {
    check::<LwwElementSet<Key, u32>>();
}

#[test]
fn lww_map() {
    check::<LwwMap<Key, u32, u32>>();
}

#[test]
fn g_map() {
    check::<GMap<Key, Max<u32>>>();
}
