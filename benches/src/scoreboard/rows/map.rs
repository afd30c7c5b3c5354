//! `OrMap<String, MvRegister<u64>>` of 10 000 keys.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::time::Duration;

use super::super::Plan;
use super::super::bar::Bar;
use super::super::contest::{Row, nanos, time};
use super::super::outcome::{Role, Unit};
use crate::encode;
use crate::peers::{Automerge, CrdtsMap, Dson, Loro, MapPeer, OurMap, PlainMap, Yrs};
use crate::values::keys;

pub(super) const N: u64 = 10_000;

/// `dson` takes time that grows with the square of what one transaction writes.
const FEW: u64 = 1_000;
const OF_FEW: &str = "of 1 000 keys";

fn row(number: u8, work: &str, unit: Unit) -> Row {
    Row::new((1, number), work, unit)
}

/// Adds all documents, each doing what `run` gives for its number of keys.
macro_rules! all {
    ($row:expr, $run:ident, $dson:expr, $how:expr) => {
        $row.with(Role::Ours, OurMap::NAME, $run::<OurMap>(N))
            .with(Role::Peer, CrdtsMap::NAME, $run::<CrdtsMap>(N))
            .with(Role::Peer, Dson::NAME, $run::<Dson>($dson))
            .how($how)
            .with(Role::Peer, Yrs::NAME, $run::<Yrs>(N))
            .with(Role::Peer, Loro::NAME, $run::<Loro>(N))
            .with(Role::Peer, Automerge::NAME, $run::<Automerge>(N))
    };
}

fn filled<M: MapPeer>(n: u64, writer: u64) -> M {
    let mut map = M::new(writer);
    map.put(&keys(0..n), 0);
    map
}

pub(super) fn fill(_: Plan) -> Vec<Row> {
    fn run<M: MapPeer>(n: u64) -> impl FnMut() -> f64 {
        let all = keys(0..n);
        move || {
            let mut map = M::new(0);
            nanos(time(|| map.put(&all, 0)), n)
        }
    }
    fn plain<M: PlainMap>() -> impl FnMut() -> f64 {
        let all = keys(0..N);
        move || nanos(time(|| M::filled(&all)), N)
    }
    let row = row(0, "build in one edit, a key", Unit::Nanos);
    let row = all!(row, run, FEW, OF_FEW)
        .with(Role::Floor, <HashMap<String, u64>>::NAME, plain::<HashMap<String, u64>>())
        .bar(Bar::TimesBest(0.5));
    vec![row]
}

pub(super) fn update(plan: Plan) -> Vec<Row> {
    fn run<M: MapPeer>(n: u64) -> impl FnMut() -> f64 {
        let updates = if M::NAME == Dson::NAME { 20 } else { 500 };
        let mut map = filled::<M>(n, 0);
        let all = keys(0..n);
        let mut next = 0;
        move || {
            let update = || {
                for _ in 0..updates {
                    next = (next + 7_919) % n;
                    black_box(map.update(&all[next as usize], next + 1));
                }
            };
            nanos(time(update), updates)
        }
    }
    let dson = if plan.quick { FEW } else { N };
    let how = if plan.quick { OF_FEW } else { "" };
    let row = row(1, "update one key, with its delta", Unit::Nanos);
    vec![all!(row, run, dson, how).bar(Bar::AtMost(1_000.0))]
}

pub(super) fn get(_: Plan) -> Vec<Row> {
    fn run<M: MapPeer>(n: u64) -> impl FnMut() -> f64 {
        let map = filled::<M>(n, 0);
        let all = keys(0..n);
        move || nanos(time(|| all.iter().filter_map(|key| map.get(key)).count()), n)
    }
    fn plain<M: PlainMap>() -> impl FnMut() -> f64 {
        let all = keys(0..N);
        let map = M::filled(&all);
        move || nanos(time(|| all.iter().filter_map(|key| map.get(key)).count()), N)
    }
    let row = row(2, "get", Unit::Nanos);
    let row = all!(row, run, FEW, OF_FEW)
        .with(Role::Floor, <BTreeMap<String, u64>>::NAME, plain::<BTreeMap<String, u64>>())
        .with(Role::Floor, <HashMap<String, u64>>::NAME, plain::<HashMap<String, u64>>())
        .with(
            Role::Floor,
            <hashbrown::HashMap<String, u64>>::NAME,
            plain::<hashbrown::HashMap<String, u64>>(),
        )
        .bar(Bar::times(1.5, &["BTreeMap", "std HashMap"]));
    vec![row]
}

/// The time it takes until all that is there is here too.
pub(super) fn bring<M: MapPeer>(here: &mut M, there: &mut M) -> Duration {
    let mut news = None;
    let finding = time(|| news = Some(there.news(here)));
    let taking = news.map_or(Duration::ZERO, |news| time(|| here.absorb(news)));
    if M::FINDS_NEWS { finding + taking } else { taking }
}

pub(super) fn merge(_: Plan) -> Vec<Row> {
    fn run<M: MapPeer>(n: u64) -> impl FnMut() -> f64 {
        let mut base = filled::<M>(n, 0);
        let all = keys(0..n / 2);
        let mut there = base.fork(1);
        there.put(&all, n);
        move || {
            let mut here = base.fork(2);
            here.put(&all, 2 * n);
            nanos(bring(&mut here, &mut there), n)
        }
    }
    let row = row(4, "merge, half the keys concurrent, a key", Unit::Nanos);
    let mut row = all!(row, run, FEW, OF_FEW).bar(Bar::TimesBest(0.25));
    for contestant in [Yrs::NAME, Loro::NAME] {
        row.note(contestant, "encodes what is missing, and applies it");
    }
    vec![row]
}

pub(super) fn encoded(_: Plan) -> Vec<Row> {
    fn run<M: MapPeer>(n: u64) -> impl FnMut() -> f64 {
        let mut map = filled::<M>(n, 0);
        move || map.encode().len() as f64 / n as f64
    }
    fn squeezed<M: MapPeer>(n: u64) -> impl FnMut() -> f64 {
        let mut map = filled::<M>(n, 0);
        move || encode::deflated(&map.encode()).len() as f64 / n as f64
    }
    let raw = row(5, "encoded, a key", Unit::Bytes);
    let mut raw = all!(raw, run, FEW, OF_FEW).bar(Bar::AtMost(14.0));
    raw.note(OurMap::NAME, encode::OURS);
    raw.note(CrdtsMap::NAME, "postcard");
    raw.note(Dson::NAME, "1 000 keys, in JSON");
    raw.note(Loro::NAME, "a snapshot");
    raw.note(Automerge::NAME, "compressed");
    let small = row(6, "encoded and deflated, a key", Unit::Bytes);
    let mut small = all!(small, squeezed, FEW, OF_FEW).bar(Bar::AtMost(4.5));
    small.note(OurMap::NAME, encode::OURS);
    small.note(Dson::NAME, "1 000 keys, in JSON");
    vec![raw, small]
}
