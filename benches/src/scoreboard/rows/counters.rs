//! Counters.

use std::collections::HashMap;

use ::crdts::{CmRDT, CvRDT};
use ::lattices::map_union::MapUnionHashMap;
use ::lattices::{Max, Merge, Pair};
use rejoin_counters::{Crdt, Edit, GCounter, PnCounter};

use super::super::Plan;
use super::super::bar::Bar;
use super::super::contest::{Row, nanos, time};
use super::super::outcome::{Role, Unit};
use crate::values::{scatter, writer};

const REPLICAS: u64 = 1_000;

/// How often the work is done in a row, so that the clock is fine enough.
const TIMES: u64 = 50;

pub(super) fn all(_: Plan) -> Vec<Row> {
    vec![merge(), increment()]
}

/// Merges pairs of which each side is ahead at half of the replicas.
fn pairs<T: Clone + 'static>(of: impl Fn(u64) -> T, merge: fn(&mut T, T)) -> impl FnMut() -> f64 {
    let (here, there) = (of(0), of(1));
    move || {
        let mut pairs = vec![(here.clone(), there.clone()); TIMES as usize];
        let mut merged = Vec::with_capacity(pairs.len());
        let work = || {
            for (mut here, there) in pairs.drain(..) {
                merge(&mut here, there);
                merged.push(here);
            }
        };
        nanos(time(work), TIMES * REPLICAS)
    }
}

fn count(replica: u64, side: u64) -> u64 {
    10 + (replica + side) % 2
}

fn merge() -> Row {
    let ours = |side| {
        let mut counter = PnCounter::new();
        for replica in 0..REPLICAS {
            counter.edit(writer(replica), |counter| {
                counter.increment(count(replica, side));
                counter.decrement(count(replica, side));
            });
        }
        counter
    };
    let crdts = |side| {
        let mut counter = ::crdts::PNCounter::<u64>::new();
        for replica in 0..REPLICAS {
            counter.apply(counter.inc_many(scatter(replica), count(replica, side)));
            counter.apply(counter.dec_many(scatter(replica), count(replica, side)));
        }
        counter
    };
    let lattices = |side| {
        let counts: HashMap<u64, Max<u64>> =
            (0..REPLICAS).map(|at| (scatter(at), Max::new(count(at, side)))).collect();
        Pair::new(MapUnionHashMap::new(counts.clone()), MapUnionHashMap::new(counts))
    };
    Row::new((2, 0), "`PnCounter` of 1 000 replicas: merge, a replica", Unit::Nanos)
        .with(Role::Ours, "Rejoin", pairs(ours, |here, there| _ = here.merge(there)))
        .with(Role::Peer, "crdts", pairs(crdts, |here, there| here.merge(there)))
        .with(Role::Peer, "lattices", pairs(lattices, |here, there| _ = here.merge(there)))
        .how("a pair of maps from replica to maximum")
        .bar(Bar::AtMost(5.0))
}

fn increment() -> Row {
    const INCREMENTS: u64 = 10_000;
    let mut ours = GCounter::new();
    let alice = writer(0);
    let mut crdts = ::crdts::GCounter::<u64>::new();
    Row::new((2, 1), "`GCounter`: increment by one replica, with its delta", Unit::Nanos)
        .with(Role::Ours, "Rejoin", move || {
            let work = || {
                for _ in 0..INCREMENTS {
                    std::hint::black_box(ours.edit(alice, |counter| counter.increment(1)));
                }
            };
            nanos(time(work), INCREMENTS)
        })
        .with(Role::Peer, "crdts", move || {
            let work = || {
                for _ in 0..INCREMENTS {
                    let operation = crdts.inc(7);
                    crdts.apply(std::hint::black_box(operation));
                }
            };
            nanos(time(work), INCREMENTS)
        })
        .bar(Bar::times(1.0, &["crdts"]))
}
