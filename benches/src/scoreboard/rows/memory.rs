//! What values hold in memory.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};

use rejoin_clocks::{CausalContext, Dot, VersionVector};

use super::super::bar::Bar;
use super::super::contest::{Held, Row};
use super::super::outcome::{Role, Unit};
use crate::peers::{
    Automerge, CrdtsMap, Dson, Loro, MapPeer, Orswot, OurMap, OurSet, PlainMap, SetPeer, Std,
    TwoSets, Yrs,
};
use crate::values::{keys, numbers, writer};

pub(crate) const ROWS: [fn(Held) -> Vec<Row>; 3] = [sets, maps, clocks];

/// How many bytes what `make` returns holds, divided by `n`.
fn held<T: 'static>(held: Held, n: u64, make: impl Fn() -> T + 'static) -> impl FnMut() -> f64 {
    move || {
        let mut kept: Option<Box<dyn Any>> = None;
        let bytes = held(&mut || kept = Some(Box::new(make())));
        bytes.saturating_sub(size_of::<T>() as u64) as f64 / n as f64
    }
}

/// An element to the dot that added it, and nothing else.
type Dots = HashMap<u64, (u64, u64)>;

fn sets(count: Held) -> Vec<Row> {
    let with = |row: Row, n: u64| {
        let all = move || numbers(0..n);
        row.with(Role::Ours, OurSet::NAME, held(count, n, move || OurSet::filled(&all(), 0)))
            .with(Role::Peer, Orswot::NAME, held(count, n, move || Orswot::filled(&all(), 0)))
            .with(Role::Floor, TwoSets::NAME, held(count, n, move || TwoSets::filled(&all(), 0)))
            .how("without dots")
            .with(Role::Floor, Std::NAME, held(count, n, move || Std::filled(&all(), 0)))
            .with(
                Role::Floor,
                "hash map to dots",
                held(count, n, move || -> Dots {
                    (1..).zip(all()).map(|(seq, number)| (number, (0, seq))).collect()
                }),
            )
            .with(
                Role::Floor,
                "BTreeMap to dots",
                held(count, n, move || -> BTreeMap<u64, (u64, u64)> {
                    let mut map = BTreeMap::new();
                    (1..).zip(all()).for_each(|(seq, number)| _ = map.insert(number, (0, seq)));
                    map
                }),
            )
    };
    let row = |place, n| with(Row::new(place, "in memory, an element", Unit::Bytes), n);
    vec![
        row((0, 0), 100_000).bar(Bar::AtMost(48.0)),
        row((4, 4), 1_000_000).bar(Bar::AtMost(48.0)).beyond(Bar::AtMost(20.0)),
    ]
}

fn maps(count: Held) -> Vec<Row> {
    const N: u64 = 10_000;
    fn filled<M: MapPeer>(n: u64) -> M {
        let mut map = M::new(0);
        map.put(&keys(0..n), 0);
        map
    }
    let row = Row::new((1, 3), "in memory, a key", Unit::Bytes)
        .with(Role::Ours, OurMap::NAME, held(count, N, || filled::<OurMap>(N)))
        .with(Role::Peer, CrdtsMap::NAME, held(count, N, || filled::<CrdtsMap>(N)))
        .with(Role::Peer, Dson::NAME, held(count, N / 10, || filled::<Dson>(N / 10)))
        .how("of 1 000 keys")
        .with(Role::Peer, Yrs::NAME, held(count, N, || filled::<Yrs>(N)))
        .with(Role::Peer, Loro::NAME, held(count, N, || filled::<Loro>(N)))
        .with(Role::Peer, Automerge::NAME, held(count, N, || filled::<Automerge>(N)))
        .with(
            Role::Floor,
            <HashMap<String, u64>>::NAME,
            held(count, N, || <HashMap<String, u64>>::filled(&keys(0..N))),
        )
        .bar(Bar::AtMost(160.0));
    vec![row]
}

fn clocks(count: Held) -> Vec<Row> {
    const N: u64 = 10_000;
    let row = |number, name| {
        let work = format!("`{name}` of 10 000 writers: in memory, a writer");
        Row::new((3, number), work, Unit::Bytes).bar(Bar::AtMost(32.0))
    };
    let first = |number| Dot::new(writer(number), 1).expect("1 is not 0");
    vec![
        row(4, "VersionVector").with(
            Role::Ours,
            "Rejoin",
            held(count, N, move || (0..N).map(first).collect::<VersionVector>()),
        ),
        row(5, "CausalContext").with(
            Role::Ours,
            "Rejoin",
            held(count, N, move || (0..N).map(first).collect::<CausalContext>()),
        ),
    ]
}
