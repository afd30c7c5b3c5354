//! What `merge_watched` says is what readers see before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use rejoin_core::laws;
use rejoin_core::{Causal, DotStore, EntryChange, ValueChange, Watch};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_tests::oracle::{Subject, edit};
use rejoin_tests::{for_each_type, subject};

type K = u8;
type V = u8;
type T = u8;

/// What has changed between two values, as their readers see it.
trait Between: Watch {
    fn between(before: &Self, after: &Self) -> Vec<Self::Change>;
}

macro_rules! between {
    ($($type:ty: |$value:ident| $read:expr, $compare:expr;)*) => {$(
        impl Between for $type {
            fn between(before: &Self, after: &Self) -> Vec<Self::Change> {
                let read = |$value: &Self| $read;
                $compare(&read(before), &read(after))
            }
        }
    )*};
}

between! {
    GCounter: |counter| counter.value(), value;
    PnCounter: |counter| counter.value(), value;
    BoundedCounter: |counter| counter.value(), value;
    Causal<ResetCounter>: |counter| counter.value(), value;

    Max<u8>: |max| max.get().copied(), value;
    Min<u8>: |min| min.get().copied(), value;
    LwwRegister<u8, u8>: |register| register.get().copied(), value;
    Causal<MvRegister<u8>>: |register| register.values().copied().collect::<Vec<_>>(), value;
    Causal<EwFlag>: |flag| flag.is_enabled(), value;
    Causal<DwFlag>: |flag| flag.is_enabled(), value;

    GSet<u8>: |set| elements(set.iter()), same;
    TwoPhaseSet<u8>: |set| elements(set.iter()), same;
    LwwElementSet<u8, u8, AddBias>: |set| elements(set.iter()), same;
    LwwElementSet<u8, u8, RemoveBias>: |set| elements(set.iter()), same;
    Causal<AwSet<u8>>: |set| elements(set.iter()), same;
    Causal<RwSet<u8>>: |set| elements(set.iter()), same;
    Causal<AwBag<u8>>: |bag| pairs(bag.iter()), |a, b| entries(a, b, value);

    GMap<u8, GCounter>:
        |map| pairs(map.iter().map(|(key, counter)| (key, counter.value()))),
        |a, b| entries(a, b, value);
    GMap<u8, PnCounter>:
        |map| pairs(map.iter().map(|(key, counter)| (key, counter.value()))),
        |a, b| entries(a, b, value);
    LwwMap<u8, u8, u8>:
        |map| pairs(map.iter().map(|(key, value)| (key, *value))),
        |a, b| entries(a, b, value);
    Causal<OrMap<u8, MvRegister<u8>>>:
        |map| pairs(map.iter().map(|(key, now)| (key, now.values().copied().collect::<Vec<_>>()))),
        |a, b| entries(a, b, value);
    Causal<OrMap<u8, AwSet<u8>>>:
        |map| pairs(map.iter().map(|(key, set)| (key, elements(set.iter())))),
        |a, b| entries(a, b, same);
    Causal<Dotted<Max<u8>>>: |dotted| *dotted.value(), value;
}

/// For pairs of values that executions make: the changes told are those between two reads.
fn check<S: Subject>()
where
    S::Real: Between<Change: PartialEq + Debug>,
{
    laws::on_values(edit::<S>, |values: &[S::Real]| {
        for (before, other) in values.iter().zip(values.iter().rev()) {
            let (mut after, mut told) = (before.clone(), Vec::new());
            after.merge_watched(other.clone(), &mut |change| told.push(change));
            let seen = S::Real::between(before, &after);
            if told != seen {
                return Err(format!(
                    "told {told:?}, seen {seen:?}\n  before {before:?}\n  other {other:?}"
                ));
            }
        }
        Ok(())
    });
}

macro_rules! check {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {$(
        #[test]
        fn $name() {
            check::<subject!($kind $type)>();
        }
    )*};
}

for_each_type!(check);

check! {
    g_map_of_pn_counters: composed GMap<u8, PnCounter>;
    map_of_sets: composed Causal<OrMap<u8, AwSet<u8>>>;
}

/// The changes between two maps, where `inner` tells those of a value.
fn entries<K: Ord + Clone, V, C>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
    inner: impl Fn(&V, &V) -> Vec<C>,
) -> Vec<EntryChange<K, C>> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let change = |key: &K| match (before.get(key), after.get(key)) {
        (Some(before), Some(after)) => {
            EntryChange::of(key.clone(), true, true, inner(before, after))
        }
        (was, is) => EntryChange::of(key.clone(), was.is_some(), is.is_some(), Vec::new()),
    };
    keys.into_iter().filter_map(change).collect()
}

fn pairs<'a, K: Ord + Clone + 'a, V>(all: impl Iterator<Item = (&'a K, V)>) -> BTreeMap<K, V> {
    all.map(|(key, value)| (key.clone(), value)).collect()
}

fn elements<'a, K: Ord + Clone + 'a>(all: impl Iterator<Item = &'a K>) -> BTreeMap<K, ()> {
    all.map(|element| (element.clone(), ())).collect()
}

fn same<K: Ord + Clone>(a: &BTreeMap<K, ()>, b: &BTreeMap<K, ()>) -> Vec<EntryChange<K>> {
    entries(a, b, |(), ()| Vec::new())
}

fn value<R: PartialEq + Clone>(before: &R, after: &R) -> Vec<ValueChange<R>> {
    ValueChange::between(before.clone(), after.clone()).into_iter().collect()
}

/// The order of events does not depend on where entries happen to be stored.
#[test]
fn changes_come_in_the_order_of_keys() {
    fn keys<S: DotStore>(_: &Causal<S>, changes: &[EntryChange<u8>]) -> Vec<u8> {
        changes.iter().map(|change| *change.key()).collect()
    }
    use rejoin_core::{Edit, ReplicaId};
    let mut set = Causal::<AwSet<u8>>::default();
    set.edit(ReplicaId::from_u128(1), |set| set.extend([9, 3, 7, 1]));
    let mut changes = Vec::new();
    let mut there = Causal::<AwSet<u8>>::default();
    there.merge_watched(set.clone(), &mut |change| changes.push(change));
    assert_eq!(keys(&set, &changes), [1, 3, 7, 9]);
}
