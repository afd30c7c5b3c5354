//! `AwSet<u64>` of 100 000 elements.

use std::hint::black_box;

use super::super::Plan;
use super::super::bar::Bar;
use super::super::contest::{Row, nanos, time};
use super::super::outcome::{Role, Unit};
use crate::encode;
use crate::peers::{Hashbrown, Orswot, OurSet, SetPeer, Std, TwoSets};
use crate::values::numbers;

pub(super) const N: u64 = 100_000;

/// What the tombstones of `lattices` do to the semantics.
const TWO_SETS: &str = "sets with tombstones: what was removed stays removed";

fn row(number: u8, work: &str) -> Row {
    Row::new((0, number), work, Unit::Nanos)
}

/// Adds all four that replicate or not, each doing what `run` gives.
macro_rules! all {
    ($row:expr, $run:ident) => {
        $row.with(Role::Ours, OurSet::NAME, $run::<OurSet>())
            .with(Role::Peer, Orswot::NAME, $run::<Orswot>())
            .with(Role::Floor, TwoSets::NAME, $run::<TwoSets>())
            .how(TWO_SETS)
            .with(Role::Floor, Std::NAME, $run::<Std>())
            .with(Role::Floor, Hashbrown::NAME, $run::<Hashbrown>())
    };
}

fn each<S: SetPeer>(from: u64, work: impl Fn(&mut S, &[u64])) -> impl FnMut() -> f64 {
    let base = S::filled(&numbers(0..from), 0);
    let all = numbers(0..N);
    move || {
        let mut set = base.clone();
        nanos(time(|| work(&mut set, &all)), N)
    }
}

pub(super) fn insert(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        each(0, |set: &mut S, all| all.iter().for_each(|number| set.insert(*number, 0)))
    }
    let row = row(1, "insert one by one, each with its delta, an element");
    vec![all!(row, run).bar(Bar::times(1.0 / 3.0, &["crdts"]))]
}

pub(super) fn fill(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        let all = numbers(0..N);
        move || nanos(time(|| S::filled(&all, 0)), N)
    }
    let row = row(2, "insert all in one edit, an element");
    vec![all!(row, run).bar(Bar::times(1.0 / 3.0, &["crdts"]))]
}

pub(super) fn contains(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        let set = S::filled(&numbers(0..N), 0);
        // Half of them are there.
        let wanted: Vec<u64> = numbers(N / 2..N + N / 2);
        move || {
            let found = || wanted.iter().filter(|number| set.contains(**number)).count();
            nanos(time(found), N)
        }
    }
    let row = row(3, "contains");
    vec![all!(row, run).bar(Bar::times(2.0, &["std HashSet"]))]
}

pub(super) fn remove(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        each(N, |set: &mut S, all| all.iter().for_each(|number| set.remove(*number, 1)))
    }
    let row = row(4, "remove one by one, each with its delta, an element");
    vec![all!(row, run).bar(Bar::times(0.1, &["crdts"]))]
}

pub(super) fn remove_all(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        each(N, |set: &mut S, all| set.remove_all(all, 1))
    }
    let row = row(5, "remove all in one edit, an element");
    vec![all!(row, run).bar(Bar::times(0.1, &["crdts"]))]
}

pub(super) fn merge_equal(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        let base = S::filled(&numbers(0..N), 0);
        move || {
            let (mut here, there) = (base.clone(), base.clone());
            nanos(time(|| here.absorb(there)), N)
        }
    }
    let row = row(6, "merge two equal states, an element");
    vec![all!(row, run).bar(Bar::times(1.0 / 30.0, &["crdts"]))]
}

pub(super) fn merge_disjoint(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        let bases = (S::filled(&numbers(0..N), 0), S::filled(&numbers(N..2 * N), 1));
        move || {
            let (mut here, there) = bases.clone();
            nanos(time(|| here.absorb(there)), N)
        }
    }
    let row = row(7, "merge two disjoint states, an element of the other");
    vec![all!(row, run).bar(Bar::times(1.0 / 6.0, &["crdts"]))]
}

pub(super) fn encoded(_: Plan) -> Vec<Row> {
    fn run<S: SetPeer>() -> impl FnMut() -> f64 {
        let set = S::filled(&numbers(0..N), 0);
        move || black_box(set.encode()).map_or(f64::NAN, |bytes| bytes.len() as f64 / N as f64)
    }
    let mut row = row(12, "encoded, an element (8 of them are the number)");
    row.unit = Unit::Bytes;
    let row = row
        .with(Role::Ours, OurSet::NAME, run::<OurSet>())
        .how(encode::OURS)
        .with(Role::Peer, Orswot::NAME, run::<Orswot>())
        .how("postcard")
        .bar(Bar::AtMost(9.5));
    vec![row]
}
