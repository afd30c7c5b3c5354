//! Every type of the workspace, with contents of a kind in it: states, deltas, digests, and the
//! values that stand where there is nothing yet.

use rejoin_core::{Causal, Diff, DotMap, DotSet, DotStore, Edit, ReplicaId, Whole};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RwSet, TwoPhaseSet};

use serde::{Deserialize, Serialize};

use super::{Key, Value, Visitor};

const ALICE: ReplicaId = ReplicaId::from_u128(0xa11ce);
const BOB: ReplicaId = ReplicaId::from_u128(0xb0b);

/// What an edit does at a time with a content.
type Edits<T, O> = fn(&mut <T as Edit>::Cursor<'_>, u64, &O);

fn edit_with<T: Edit, O>(
    value: &mut T,
    replica: ReplicaId,
    edit: Edits<T, O>,
    time: u64,
    op: &O,
) -> T {
    value.edit(replica, |cursor| edit(cursor, time, op))
}

/// A value of the type that each edit makes by itself, that all make together, and their deltas;
/// for Bob has seen every other one.
fn edited<T, O>(ops: &[O], edit: Edits<T, O>) -> Vec<T>
where
    T: Edit + Clone,
{
    let (mut here, mut there) = (T::default(), T::default());
    let mut values = vec![T::default()];
    for (at, op) in ops.iter().enumerate() {
        let mut alone = T::default();
        edit_with(&mut alone, ALICE, edit, 1, op);
        values.push(alone);
        let time = 2 + at as u64;
        let delta = edit_with(&mut here, ALICE, edit, time, op);
        if at % 2 == 1 {
            there.merge(delta.clone());
        }
        let other = &ops[(at + 1) % ops.len()];
        values.push(edit_with(&mut there, BOB, edit, time, other));
        values.push(delta);
    }
    values.push(here.clone());
    here.merge(there);
    values.push(here);
    values
}

/// Where values may be absent, and where several stand beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Around<T> {
    all: Vec<T>,
    none: Option<T>,
    bottom: Option<T>,
}

/// Visits values by themselves, and in a struct.
fn visit<T: Value + Default>(visitor: &mut dyn Visitor, container: &str, values: &[T]) {
    for value in values {
        visitor.visit(container, value);
    }
    let around = Around { all: values.to_vec(), none: None, bottom: Some(T::default()) };
    visitor.visit(&format!("Around<{container}>"), &around);
}

/// A lattice with its digests.
fn lattice<T: Value + Diff<Digest: Value>>(
    visitor: &mut dyn Visitor,
    container: &str,
    values: &[T],
) {
    visit(visitor, container, values);
    for value in values {
        visitor.visit(&format!("digest of {container}"), &value.digest());
    }
}

/// A dot store with a context, and without.
fn store<S: Value + DotStore>(visitor: &mut dyn Visitor, container: &str, values: &[Causal<S>]) {
    lattice(visitor, &format!("Causal<{container}>"), values);
    for value in values {
        visitor.visit(container, value.store());
    }
}

/// Calls `visitor` with what has values of the kind in it.
pub fn values<V: Value>(samples: &[V], visitor: &mut dyn Visitor) {
    let registers =
        edited::<Causal<MvRegister<V>>, V>(samples, |register, _, it| register.set(it.clone()));
    store(visitor, "MvRegister<V>", &registers);
    let map = edited::<Causal<OrMap<u8, MvRegister<V>>>, V>(samples, |map, time, it| {
        map.entry(time as u8 % 3).set(it.clone());
    });
    store(visitor, "OrMap<u8, MvRegister<V>>", &map);
}

/// Calls `visitor` with what has values of the kind in it that are ordered.
pub fn ordered<V: Key>(samples: &[V], visitor: &mut dyn Visitor) {
    let max = edited::<Max<V>, V>(samples, |max, _, it| {
        max.set(it.clone());
    });
    lattice(visitor, "Max<V>", &max);
    let min = edited::<Min<V>, V>(samples, |min, _, it| {
        min.set(it.clone());
    });
    lattice(visitor, "Min<V>", &min);
    let last = edited::<LwwRegister<V, u64>, V>(samples, |register, time, it| {
        register.set(time, it.clone());
    });
    lattice(visitor, "LwwRegister<V, u64>", &last);
    let times = edited::<LwwRegister<u8, V>, V>(samples, |register, _, it| {
        register.set(it.clone(), 1_u8);
    });
    lattice(visitor, "LwwRegister<u8, V>", &times);
    let map = edited::<LwwMap<u8, V, u64>, V>(samples, |map, time, it| {
        map.insert(time, time as u8 % 3, it.clone());
        map.remove(time, 3_u8);
    });
    lattice(visitor, "LwwMap<u8, V, u64>", &map);
    let map = edited::<GMap<u8, Max<V>>, V>(samples, |map, time, it| {
        map.entry(time as u8 % 3).set(it.clone());
    });
    lattice(visitor, "GMap<u8, Max<V>>", &map);
    let dotted = edited::<Causal<Dotted<Max<V>>>, V>(samples, |dotted, _, it| {
        dotted.edit(|max| {
            max.set(it.clone());
        });
    });
    store(visitor, "Dotted<Max<V>>", &dotted);
    let whole = edited::<Whole<Max<V>>, V>(samples, |whole, _, it| {
        whole.join(Max::from(it.clone()));
    });
    lattice(visitor, "Whole<Max<V>>", &whole);
}

/// Calls `visitor` with what has keys and elements of the kind in it.
pub fn keys<K: Key>(samples: &[K], visitor: &mut dyn Visitor) {
    let set = edited::<Causal<AwSet<K>>, K>(samples, |set, _, it| {
        set.insert(it.clone());
    });
    store(visitor, "AwSet<K>", &set);
    let map = edited::<GMap<K, Max<u8>>, K>(samples, |map, time, it| {
        map.entry(it.clone()).set(time as u8);
    });
    lattice(visitor, "GMap<K, Max<u8>>", &map);
    let set = edited::<GSet<K>, K>(samples, |set, _, it| {
        set.insert(it.clone());
    });
    lattice(visitor, "GSet<K>", &set);
    let map = edited::<LwwMap<K, u8, u64>, K>(samples, |map, time, it| {
        map.insert(time, it.clone(), 1_u8);
    });
    lattice(visitor, "LwwMap<K, u8, u64>", &map);
    let set = edited::<LwwElementSet<K, u64, AddBias>, K>(samples, |set, time, it| {
        set.insert(time, it.clone());
    });
    lattice(visitor, "LwwElementSet<K, u64>", &set);
}

/// Calls `visitor` with the other types that keys can be in.
pub fn more_keys<K: Key>(samples: &[K], visitor: &mut dyn Visitor) {
    let set = edited::<TwoPhaseSet<K>, K>(samples, |set, time, it| {
        set.insert(it.clone());
        if time % 3 == 0 {
            set.remove(it);
        }
    });
    lattice(visitor, "TwoPhaseSet<K>", &set);
    let set = edited::<Causal<RwSet<K>>, K>(samples, |set, time, it| {
        set.insert(it.clone());
        if time % 3 == 0 {
            set.remove(it.clone());
        }
    });
    store(visitor, "RwSet<K>", &set);
    let bag = edited::<Causal<AwBag<K>>, K>(samples, |bag, _, it| {
        bag.insert(it.clone());
        bag.insert(it.clone());
    });
    store(visitor, "AwBag<K>", &bag);
    let map = edited::<Causal<DotMap<K, DotSet>>, K>(samples, |map, time, it| {
        map.entry(it.clone()).write();
        if time % 3 == 0 {
            map.remove(it);
        }
    });
    store(visitor, "DotMap<K, DotSet>", &map);
    let map = edited::<Causal<OrMap<K, OrMap<K, EwFlag>>>, K>(samples, |map, _, it| {
        map.entry(it.clone()).entry(it.clone()).enable();
    });
    store(visitor, "OrMap<K, OrMap<K, EwFlag>>", &map);
    let map = edited::<GMap<K, Causal<AwSet<K>>>, K>(samples, |map, _, it| {
        map.entry(it.clone()).insert(it.clone());
    });
    lattice(visitor, "GMap<K, Causal<AwSet<K>>>", &map);
    let dotted = edited::<Causal<Dotted<GSet<K>>>, K>(samples, |dotted, _, it| {
        dotted.edit(|set| {
            set.insert(it.clone());
        });
    });
    store(visitor, "Dotted<GSet<K>>", &dotted);
}
