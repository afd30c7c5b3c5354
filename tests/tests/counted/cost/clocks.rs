//! Many replicas, and many gaps: counted in what is asked of the allocator.

use rejoin_core::{Causal, CausalContext, Crdt, Diff, Dot, Edit, ReplicaId, VersionVector};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

use super::rig::{CAROL, Growth, SIZES, counted, grows};

const REPLICAS: [u32; 5] = [1, 10, 100, 1_000, 10_000];

fn replica(number: u32) -> ReplicaId {
    ReplicaId::from_u128(u128::from(number) + 100)
}

fn dot(replica: ReplicaId, seq: u64) -> Dot {
    Dot::new(replica, seq).expect("not 0")
}

/// A value of 1 000 keys, written by so many replicas.
fn written<T: Edit>(replicas: u32, put: impl Fn(&mut T::Cursor<'_>, u32)) -> T {
    let mut value = T::default();
    let keys = 1_000.max(replicas);
    for number in 0..replicas {
        let share = (number..keys).step_by(replicas as usize);
        value.edit(replica(number), |cursor| share.for_each(|key| put(cursor, key)));
    }
    value
}

/// An edit, its delta and its merge cost the same among few and among many replicas.
fn among_many<T: Edit + Clone>(
    what: &str,
    base: impl Fn(u32) -> T,
    edit: impl Fn(&mut T::Cursor<'_>, u32),
) {
    let bases = REPLICAS.map(base);
    let edited = format!("{what}: an edit");
    grows(&edited, Growth::Constant, &REPLICAS, &bases, |here, _, tried| {
        counted(|| here.edit(CAROL, |cursor| edit(cursor, tried)))
    });
    let merged = format!("{what}: a delta merged");
    grows(&merged, Growth::Constant, &REPLICAS, &bases, |here, _, tried| {
        let delta = here.clone().edit(CAROL, |cursor| edit(cursor, tried));
        counted(|| here.merge(delta))
    });
    // CAROL is known from here on: no entry is inserted any more.
    let again = format!("{what}: a delta of an old replica merged");
    grows(&again, Growth::Constant, &REPLICAS, &bases, |here, _, tried| {
        here.edit(CAROL, |cursor| edit(cursor, 10));
        let delta = here.clone().edit(CAROL, |cursor| edit(cursor, tried));
        counted(|| here.merge(delta))
    });
}

#[test]
fn sets_of_many_replicas() {
    type Set = Causal<AwSet<u32>>;
    let base = |replicas| written::<Set>(replicas, |set, key| _ = set.insert(key));
    among_many::<Set>("an addition", base, |set, key| _ = set.insert(20_000 + key));
    among_many::<Set>("an overwrite", base, |set, key| _ = set.insert(key));
    among_many::<Set>("a removal", base, |set, key| _ = set.remove(&key));
}

#[test]
fn maps_of_many_replicas() {
    type Map = Causal<OrMap<u32, MvRegister<u32>>>;
    let base = |replicas| written::<Map>(replicas, |map, key| map.entry(key).set(key));
    among_many::<Map>("an update", base, |map, key| map.entry(key).set(key + 1));
    among_many::<Map>("a removal", base, |map, key| _ = map.remove(&key));
}

#[test]
fn counters_of_many_replicas() {
    let g = |replicas| written::<GCounter>(replicas, |counter, _| _ = counter.increment(1));
    among_many::<GCounter>("GCounter", g, |counter, _| _ = counter.increment(1));
    let pn = |replicas| written::<PnCounter>(replicas, |counter, _| _ = counter.decrement(1));
    among_many::<PnCounter>("PnCounter", pn, |counter, _| _ = counter.decrement(1));
    let bounded =
        |replicas| written::<BoundedCounter>(replicas, |counter, _| _ = counter.increment(1));
    among_many::<BoundedCounter>("BoundedCounter", bounded, |counter, _| _ = counter.increment(1));
}

#[test]
fn vectors_of_many_replicas() {
    let bases = REPLICAS.map(|replicas| {
        let dots = (0..replicas).map(|number| dot(replica(number), 10));
        dots.collect::<VersionVector>()
    });
    grows("join of equal vectors", Growth::Constant, &REPLICAS, &bases, |here, _, _| {
        let there = here.clone();
        counted(|| assert!(!here.join(&there)))
    });
    grows("join of one entry", Growth::Constant, &REPLICAS, &bases, |here, _, tried| {
        let news: VersionVector = [dot(replica(0), 11 + u64::from(tried))].into_iter().collect();
        counted(|| assert!(here.join(&news)))
    });
    grows("the order of vectors", Growth::Constant, &REPLICAS, &bases, |here, _, _| {
        let there = here.clone();
        counted(|| assert!(here.dominates(&there) && !here.concurrent(&there)))
    });
    let look = |here: &mut VersionVector, replicas, _| {
        counted(|| here.get(replica(replicas - 1)) + here.get(CAROL))
    };
    grows("an entry", Growth::Constant, &REPLICAS, &bases, look);
}

/// So many gaps in what is known of one replica.
fn gaps(size: u32) -> CausalContext {
    (1..=u64::from(size)).map(|seq| dot(replica(0), 2 * seq)).collect()
}

#[test]
fn contexts_with_many_gaps() {
    let bases = SIZES.map(gaps);
    // The largest has 100 000 gaps. Each try fills others.
    let some = |size: u32, tried: u32| {
        (0..10).map(move |at| dot(replica(0), 2 * u64::from(at * (size / 10) + tried) + 1))
    };
    for (base, size) in bases.iter().zip(*SIZES) {
        assert_eq!(base.run_count(), size as usize);
    }
    grows("gaps filled by a join", Growth::Constant, &*SIZES, &bases, |here, size, tried| {
        let news: CausalContext = some(size, tried).collect();
        counted(|| assert!(here.join(&news)))
    });
    grows("gaps filled one by one", Growth::Constant, &*SIZES, &bases, |here, size, tried| {
        counted(|| some(size, tried).filter(|dot| here.insert(*dot)).count())
    });
    grows("look-ups between gaps", Growth::Constant, &*SIZES, &bases, |here, size, tried| {
        let missing = || some(size, tried).filter(|dot| !here.contains(*dot)).count();
        counted(|| assert_eq!(missing(), 10))
    });
    grows("the next dot", Growth::Constant, &*SIZES, &bases, |here, _, _| {
        counted(|| (here.next(replica(0)), here.max(replica(0))))
    });
    grows("small from large", Growth::Constant, &*SIZES, &bases, |here, size, tried| {
        let small: CausalContext = some(size, tried).collect();
        counted(|| (small.difference(here), small.intersection(here), here.is_superset(&small)))
    });
}

/// Every other delta of one replica is late.
fn with_gaps(size: u32) -> (Causal<AwSet<u32>>, Vec<Causal<AwSet<u32>>>) {
    let (mut there, mut here) = <(Causal<AwSet<u32>>, Causal<AwSet<u32>>)>::default();
    let mut late = Vec::new();
    for key in 0..size {
        late.push(there.edit(replica(0), |set| set.insert(2 * key)));
        here.merge(there.edit(replica(0), |set| set.insert(2 * key + 1)));
    }
    (here, late)
}

#[test]
fn values_with_many_gaps() {
    // The last has 100 000 gaps.
    let bases = SIZES.map(with_gaps);
    grows("a late delta", Growth::Constant, &*SIZES, &bases, |(here, late), size, tried| {
        let delta = late[(size / 7 * (tried + 1)) as usize].clone();
        counted(|| assert!(here.merge(delta)))
    });
    grows("an edit among gaps", Growth::Constant, &*SIZES, &bases, |(here, _), _, tried| {
        counted(|| here.edit(CAROL, |set| set.insert(u32::MAX - tried)))
    });
    grows("a removal among gaps", Growth::Constant, &*SIZES, &bases, |(here, _), size, tried| {
        counted(|| here.edit(CAROL, |set| set.remove(&(size / 7 * (tried + 1) * 2 + 1))))
    });
    let difference = |(here, _): &mut (Causal<AwSet<u32>>, _), _, tried| {
        let digest = here.digest();
        here.edit(CAROL, |set| set.insert(u32::MAX - tried));
        let difference = here.diff(&digest).expect("one element");
        counted(|| drop(std::hint::black_box(difference)))
    };
    grows("a difference, dropped", Growth::Constant, &*SIZES, &bases, difference);
}
