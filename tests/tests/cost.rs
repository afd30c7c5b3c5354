//! Cost follows the delta, never the state: counted in what is done with keys, not timed.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

use rejoin_core::{Causal, Crdt, Diff, DotStore, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

const ALICE: ReplicaId = ReplicaId::from_u128(1);
const BOB: ReplicaId = ReplicaId::from_u128(2);
const CAROL: ReplicaId = ReplicaId::from_u128(3);

/// Far from where a hash table grows, which takes every key once, and is amortised.
const SIZES: [u32; 4] = [100, 1_000, 10_000, 100_000];

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    OPERATIONS.set(OPERATIONS.get() + 1);
}

/// How many operations on keys `f` does.
fn operations(f: impl FnOnce()) -> u64 {
    let before = OPERATIONS.get();
    f();
    OPERATIONS.get() - before
}

/// A key that counts what is done with it.
#[derive(Debug)]
struct Key(u32);

impl Clone for Key {
    fn clone(&self) -> Self {
        count();
        Self(self.0)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        count();
        self.0 == other.0
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        count();
        self.0.cmp(&other.0)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        count();
        self.0.hash(state);
    }
}

/// A collection under test: how to put a key in, and how to take it out.
trait Collection: DotStore + Clone + 'static {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32);
    fn take(cursor: &mut Self::Cursor<'_>, key: u32);
}

impl Collection for AwSet<Key> {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.insert(Key(key));
    }

    fn take(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.remove(&Key(key));
    }
}

impl Collection for OrMap<Key, MvRegister<u32>> {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.entry(Key(key)).set(key);
    }

    fn take(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.remove(&Key(key));
    }
}

impl Collection for OrMap<Key, OrMap<Key, AwSet<Key>>> {
    fn put(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.entry(Key(key)).entry(Key(key % 7)).insert(Key(1));
    }

    fn take(cursor: &mut Self::Cursor<'_>, key: u32) {
        cursor.entry(Key(key)).remove(&Key(key % 7));
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

/// Ten keys that are there, far apart.
fn ten(size: u32) -> impl Iterator<Item = u32> {
    (0..10).map(move |at| at * (size / 10) + 3)
}

/// Checks that what `work` counts does not grow with the size, but for a small table that grows.
fn flat<S>(what: &str, bases: &[Causal<S>; 4], work: impl Fn(&Causal<S>, u32) -> u64) {
    let counts = [0, 1, 2, 3].map(|at| work(&bases[at], SIZES[at]));
    let (least, most) = (counts.iter().min(), counts.iter().max());
    let flat = least.zip(most).is_some_and(|(least, most)| *most <= 2 * *least + 10 && *most > 0);
    assert!(flat, "{what}: {counts:?} operations on keys for {SIZES:?} keys");
}

fn check<S: Collection>() {
    type Edit<S> = fn(&mut <S as DotStore>::Cursor<'_>, u32);
    let edits: [(&str, Edit<S>); 3] = [
        ("ten additions", |cursor, size| (0..10).for_each(|at| S::put(cursor, size + at))),
        ("ten overwrites", |cursor, size| ten(size).for_each(|key| S::put(cursor, key))),
        ("ten removals", |cursor, size| ten(size).for_each(|key| S::take(cursor, key))),
    ];
    let bases = SIZES.map(filled::<S>);
    for (name, edit) in edits {
        flat(&format!("{name}, edited and merged again"), &bases, |base, size| {
            let mut here = base.clone();
            operations(|| {
                let delta = here.edit(CAROL, |cursor| edit(cursor, size));
                assert!(!here.merge(delta));
            })
        });
        flat(&format!("{name}, merged as a delta and as a difference"), &bases, |base, size| {
            let mut there = base.clone();
            let delta = there.edit(CAROL, |cursor| edit(cursor, size));
            let difference = there.diff(&base.digest()).expect("the same as the delta");
            let merged = [delta, difference].map(|news| {
                let mut here = base.clone();
                operations(|| assert!(here.merge(news)))
            });
            assert_eq!(merged[0], merged[1], "{name}: a difference costs what a delta does");
            merged[0]
        });
    }
}

#[test]
fn aw_set() {
    check::<AwSet<Key>>();
}

#[test]
fn or_map() {
    check::<OrMap<Key, MvRegister<u32>>>();
}

#[test]
fn nested_or_map() {
    check::<OrMap<Key, OrMap<Key, AwSet<Key>>>>();
}

/// The rig can fail: merging the whole state is not flat.
#[test]
#[should_panic(expected = "whole states")]
fn canary() {
    flat("whole states", &SIZES.map(filled::<AwSet<Key>>), |base, _| {
        let mut here = Causal::<AwSet<Key>>::default();
        here.edit(CAROL, |set| set.insert(Key(u32::MAX)));
        let there = base.clone();
        operations(|| assert!(here.merge(there)))
    });
}
