//! What must not follow the size of the value.

use rejoin_maps::{Crdt, Edit};

use super::super::Plan;
use super::super::bar::Bar;
use super::super::contest::{Row, nanos, time};
use super::super::outcome::{Role, Unit};
use super::map::{N, bring};
use crate::peers::{Loro, MapPeer, Orswot, OurMap, OurSet, SetPeer, Yrs};
use crate::values::{keys, numbers, scatter, writer};

/// From the largest on, which the bar is about.
const SIZES: [(u64, &str); 4] =
    [(1_000_000, "at 10⁶"), (1_000, "at 10³"), (10_000, "at 10⁴"), (100_000, "at 10⁵")];

/// How many deltas are merged in a row, so that the clock is fine enough.
const DELTAS: u64 = 20;

/// How many are merged before, after the copy has thrown the rest of the code out of the caches.
const WARM: u64 = 5;

/// Adds a contestant for each size.
fn at_all_sizes<F: FnMut() -> f64 + 'static>(mut row: Row, run: impl Fn(u64) -> F) -> Row {
    for (n, name) in SIZES {
        let role = if n == SIZES[0].0 { Role::Ours } else { Role::Size };
        row = row.with(role, name, run(n));
    }
    row
}

/// Merges deltas into a copy of a set of `n`, each of an edit that changes ten elements.
fn deltas(n: u64, removals: bool) -> impl FnMut() -> f64 {
    let base = OurSet::filled(&numbers(0..n), 0);
    let mut there = base.clone();
    let all = DELTAS + WARM;
    let deltas: Vec<OurSet> = (0..all)
        .map(|delta| {
            there.edit(writer(1), |set| {
                for at in 10 * delta..10 * delta + 10 {
                    if removals {
                        set.remove(&scatter(at * (n / (10 * all))));
                    } else {
                        set.insert(scatter(n + at));
                    }
                }
            })
        })
        .collect();
    move || {
        let (mut here, mut deltas) = (base.clone(), deltas.clone());
        let mut merge = |deltas: Vec<OurSet>| {
            deltas.into_iter().for_each(|delta| _ = here.merge(delta));
        };
        let timed = deltas.split_off(WARM as usize);
        merge(deltas);
        nanos(time(|| merge(timed)), DELTAS)
    }
}

/// A whole state with ten elements more, or ten less, is what `crdts` merges.
fn whole_state(removals: bool) -> impl FnMut() -> f64 {
    let n = super::set::N;
    let base = Orswot::filled(&numbers(0..n), 0);
    let mut there = base.clone();
    for at in 0..10 {
        if removals {
            SetPeer::remove(&mut there, scatter(at * n / 10), 1);
        } else {
            SetPeer::insert(&mut there, scatter(n + at), 1);
        }
    }
    move || {
        let (mut here, there) = (base.clone(), there.clone());
        nanos(time(|| here.absorb(there)), 1)
    }
}

/// An update of ten keys into a document of 10 000.
fn update<M: MapPeer>() -> impl FnMut() -> f64 {
    let mut here = M::new(0);
    here.put(&keys(0..N), 0);
    let mut there = here.fork(1);
    let mut next = N;
    move || {
        there.put(&keys(next..next + 10), 7);
        next += 10;
        nanos(bring(&mut here, &mut there), 1)
    }
}

pub(super) fn additions(_: Plan) -> Vec<Row> {
    let row = Row::new((0, 8), "merge a delta of 10 additions", Unit::Nanos);
    let row = at_all_sizes(row, |n| deltas(n, false));
    let document = "10 keys of a map of 10 000: encodes what is missing, and applies it";
    let row = row
        .with(Role::Peer, Orswot::NAME, whole_state(false))
        .how("the whole state of 100 000, which is what it merges")
        .with(Role::Peer, Yrs::NAME, update::<Yrs>())
        .how(document)
        .with(Role::Peer, Loro::NAME, update::<Loro>())
        .how(document)
        .bar(Bar::AtMost(10_000.0))
        .bar(Bar::Steady(3.0));
    vec![row]
}

pub(super) fn removals(_: Plan) -> Vec<Row> {
    let row = Row::new((0, 9), "merge a delta of 10 removals", Unit::Nanos);
    let row = at_all_sizes(row, |n| deltas(n, true));
    let row = row
        .with(Role::Peer, Orswot::NAME, whole_state(true))
        .how("the whole state of 100 000, which is what it merges")
        .bar(Bar::AtMost(10_000.0))
        .bar(Bar::Steady(3.0));
    vec![row]
}

/// A cache that no longer holds everything makes an element slower, for anyone.
pub(super) fn bulk_loads(_: Plan) -> Vec<Row> {
    let set = |n| {
        let all = numbers(0..n);
        move || nanos(time(|| OurSet::filled(&all, 0)), n)
    };
    let map = |n| {
        let all = keys(0..n);
        move || {
            let mut map = OurMap::new(0);
            nanos(time(|| map.put(&all, 0)), n)
        }
    };
    let sets = Row::new((0, 10), "bulk load of 10³ to 10⁶, an element", Unit::Nanos);
    let maps = Row::new((1, 7), "bulk load of 10³ to 10⁶, a key", Unit::Nanos);
    vec![
        at_all_sizes(sets, set).bar(Bar::Steady(5.0)),
        at_all_sizes(maps, map).bar(Bar::Steady(5.0)),
    ]
}
