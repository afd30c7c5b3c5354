//! What `merge_watched` tells is what readers see before and after.

use std::collections::{BTreeMap, BTreeSet};

use quickcheck::Arbitrary;
use rejoin_core::laws::{self, Gen};
use rejoin_core::{Causal, DotStore, EntryChange, ValueChange, Watch};
use rejoin_counters::{PnCounter, ResetCounter};
use rejoin_maps::{GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RwSet, TwoPhaseSet};

fn below(g: &mut Gen, bound: u8) -> u8 {
    u8::arbitrary(g) % bound
}

/// For pairs of values that executions make: the changes told are those between two reads.
fn check<T: laws::Subject + Watch<Change: PartialEq + std::fmt::Debug>, E, R>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Gen) -> E,
    read: impl Fn(&T) -> R,
    between: impl Fn(&R, &R) -> Vec<T::Change>,
) {
    let edit = |cursor: &mut T::Cursor<'_>, g: &mut Gen| drop(edit(cursor, g));
    laws::on_values(edit, |values: &[T]| {
        for (before, other) in values.iter().zip(values.iter().rev()) {
            let (mut after, mut told) = (before.clone(), Vec::new());
            after.merge_watched(other.clone(), &mut |change| told.push(change));
            let seen = between(&read(before), &read(&after));
            if told != seen {
                return Err(format!(
                    "told {told:?}, seen {seen:?}\n  before {before:?}\n  other {other:?}"
                ));
            }
        }
        Ok(())
    });
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

fn elements<'a, K: Ord + Clone + 'a>(all: impl Iterator<Item = &'a K>) -> BTreeMap<K, ()> {
    all.map(|element| (element.clone(), ())).collect()
}

fn same<K: Ord + Clone>(a: &BTreeMap<K, ()>, b: &BTreeMap<K, ()>) -> Vec<EntryChange<K>> {
    entries(a, b, |(), ()| Vec::new())
}

fn value<R: PartialEq + Clone>(before: &R, after: &R) -> Vec<ValueChange<R>> {
    ValueChange::between(before.clone(), after.clone()).into_iter().collect()
}

#[test]
fn sets() {
    check::<Causal<AwSet<u8>>, _, _>(
        |set, g| match below(g, 4) {
            0 => {
                set.remove(&below(g, 4));
            }
            _ => {
                set.insert(below(g, 4));
            }
        },
        |set| elements(set.iter()),
        same,
    );
    check::<Causal<RwSet<u8>>, _, _>(
        |set, g| match below(g, 2) {
            0 => set.remove(below(g, 4)),
            _ => set.insert(below(g, 4)),
        },
        |set| elements(set.iter()),
        same,
    );
    check::<GSet<u8>, _, _>(
        |set, g| set.insert(u8::arbitrary(g)),
        |set| elements(set.iter()),
        same,
    );
    check::<TwoPhaseSet<u8>, _, _>(
        |set, g| match below(g, 3) {
            0 => set.remove(&below(g, 9)),
            _ => set.insert(below(g, 9)),
        },
        |set| elements(set.iter()),
        same,
    );
    check::<LwwElementSet<u8, u8, AddBias>, _, _>(
        |set, g| match below(g, 2) {
            0 => set.remove(below(g, 9), below(g, 4)),
            _ => set.insert(below(g, 9), below(g, 4)),
        },
        |set| elements(set.iter()),
        same,
    );
    check::<Causal<AwBag<u8>>, _, _>(
        |bag, g| match below(g, 3) {
            0 => {
                bag.remove_one(below(g, 3));
            }
            _ => {
                bag.insert(below(g, 3));
            }
        },
        |bag| bag.iter().map(|(element, count)| (*element, count)).collect::<BTreeMap<_, _>>(),
        |a, b| entries(a, b, value),
    );
}

#[test]
fn maps_and_what_is_in_them() {
    check::<Causal<OrMap<u8, AwSet<u8>>>, _, _>(
        |map, g| match below(g, 5) {
            0 => {
                map.remove(&below(g, 3));
            }
            1 => {
                map.entry(below(g, 3)).remove(&below(g, 3));
            }
            _ => {
                map.entry(below(g, 3)).insert(below(g, 3));
            }
        },
        |map| map.iter().map(|(key, set)| (*key, elements(set.iter()))).collect::<BTreeMap<_, _>>(),
        |a, b| entries(a, b, same),
    );
    check::<GMap<u8, PnCounter>, _, _>(
        |map, g| map.entry(below(g, 3)).decrement(below(g, 3).into()),
        |map| map.iter().map(|(key, counter)| (*key, counter.value())).collect::<BTreeMap<_, _>>(),
        |a, b| entries(a, b, value),
    );
    check::<LwwMap<u8, u8, u8>, _, _>(
        |map, g| match below(g, 2) {
            0 => map.remove(below(g, 9), below(g, 3)),
            _ => map.insert(below(g, 9), below(g, 3), below(g, 3)),
        },
        |map| map.iter().map(|(key, value)| (*key, *value)).collect::<BTreeMap<_, _>>(),
        |a, b| entries(a, b, value),
    );
}

#[test]
fn single_values() {
    check::<Causal<MvRegister<u8>>, _, _>(
        |register, g| register.set(below(g, 4)),
        |register| register.values().copied().collect::<Vec<u8>>(),
        value,
    );
    check::<Causal<EwFlag>, _, _>(
        |flag, g| match bool::arbitrary(g) {
            true => flag.enable(),
            false => {
                flag.disable();
            }
        },
        |flag| flag.is_enabled(),
        value,
    );
    check::<Causal<DwFlag>, _, _>(
        |flag, g| match bool::arbitrary(g) {
            true => flag.enable(),
            false => {
                flag.disable();
            }
        },
        |flag| flag.is_enabled(),
        value,
    );
    check::<Causal<ResetCounter>, _, _>(
        |counter, g| match below(g, 4) {
            0 => counter.reset(),
            _ => counter.add(i64::from(below(g, 5)) - 2),
        },
        |counter| counter.value(),
        value,
    );
    check::<LwwRegister<u8, u8>, _, _>(
        |register, g| register.set(below(g, 4), below(g, 4)),
        |register| register.get().copied(),
        value,
    );
    check::<Max<u8>, _, _>(|max, g| max.set(u8::arbitrary(g)), |max| max.get().copied(), value);
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
