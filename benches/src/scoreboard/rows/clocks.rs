//! Version vectors and contexts of few and of many replicas.

use std::collections::HashMap;

use ::crdts::CvRDT;
use ::lattices::map_union::MapUnionHashMap;
use ::lattices::{Max, Merge};
use ::loro::ID;
use ::yrs::ClientID;
use rejoin_clocks::{CausalContext, VersionVector};

use super::super::Plan;
use super::super::bar::Bar;
use super::super::contest::{Row, nanos, time};
use super::super::outcome::{Role, Unit};
use crate::values::{scatter, writer};

pub(super) fn all(_: Plan) -> Vec<Row> {
    let sixteen = vectors(0, "16 writers", 16, 1).bar(Bar::AtMost(20.0)).beyond(Bar::AtMost(10.0));
    let many =
        vectors(1, "1 024 writers", 1_024, 1).bar(Bar::AtMost(1_000.0)).beyond(Bar::AtMost(160.0));
    let most = vectors(2, "10 000 writers, a writer", 10_000, 10_000).bar(Bar::AtMost(5.0));
    vec![sixteen, many, most, contexts()]
}

/// The entries of one side; each is ahead at half of the writers.
fn entries(writers: u64, side: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..writers).map(move |writer| (writer, 10 + (writer + side) % 2))
}

/// Joins pairs of `make`, in figures of one `unit`th of a join.
fn joins<T: Clone + 'static>(
    (writers, unit): (u64, u64),
    make: impl Fn(u64) -> T,
    join: fn(&mut T, T),
) -> impl FnMut() -> f64 {
    let times = (20_000 / writers).max(4);
    let (here, there) = (make(0), make(1));
    move || {
        let mut here = vec![here.clone(); times as usize];
        let there = vec![there.clone(); times as usize];
        let work = || here.iter_mut().zip(there).for_each(|(here, there)| join(here, there));
        nanos(time(work), times * unit)
    }
}

/// The same for those that borrow what they join.
fn borrowed<T: Clone + 'static>(
    (writers, unit): (u64, u64),
    make: impl Fn(u64) -> T,
    join: fn(&mut T, &T),
) -> impl FnMut() -> f64 {
    let times = (20_000 / writers).max(4);
    let (here, there) = (make(0), make(1));
    move || {
        let mut here = vec![here.clone(); times as usize];
        let there = vec![there.clone(); times as usize];
        let work = || here.iter_mut().zip(&there).for_each(|(here, there)| join(here, there));
        nanos(time(work), times * unit)
    }
}

fn our_vector(writers: u64, side: u64) -> VersionVector {
    let mut entries: Vec<_> =
        entries(writers, side).map(|(number, count)| (writer(number), count)).collect();
    entries.sort_unstable();
    VersionVector::from_entries(entries).expect("sorted, and no entry is 0")
}

fn vectors(number: u8, work: &str, writers: u64, unit: u64) -> Row {
    let size = (writers, unit);
    let ours = move |side| our_vector(writers, side);
    let crdts = move |side| {
        let dots = entries(writers, side).map(|(at, count)| (scatter(at), count)).collect();
        ::crdts::VClock::<u64> { dots }
    };
    let lattices = move |side| {
        let counts: HashMap<u64, Max<u64>> =
            entries(writers, side).map(|(at, count)| (scatter(at), Max::new(count))).collect();
        MapUnionHashMap::new(counts)
    };
    let yrs = move |side| -> ::yrs::StateVector {
        let client = |at| ClientID::new(scatter(at) >> 11);
        entries(writers, side).map(|(at, count)| (client(at), count as u32)).collect()
    };
    let loro = move |side| -> ::loro::VersionVector {
        entries(writers, side).map(|(at, count)| ID::new(scatter(at), count as i32)).collect()
    };
    let maxima = move |side| entries(writers, side).map(|(_, count)| count).collect::<Vec<u64>>();
    let copies = "drops the other, which it takes by value";
    Row::new((3, number), format!("`VersionVector` join, {work}"), Unit::Nanos)
        .with(Role::Ours, "Rejoin", borrowed(size, ours, |here, there| _ = here.join(there)))
        .with(Role::Peer, "crdts", joins(size, crdts, |here, there| here.merge(there)))
        .how(copies)
        .with(Role::Peer, "lattices", joins(size, lattices, |here, there| _ = here.merge(there)))
        .how(copies)
        .with(Role::Peer, "yrs", joins(size, yrs, |here, there| here.merge(there)))
        .how(copies)
        .with(Role::Peer, "loro", borrowed(size, loro, |here, there| here.merge(there)))
        .with(
            Role::Floor,
            "maxima of two slices",
            borrowed(size, maxima, |here, there| {
                here.iter_mut().zip(there).for_each(|(here, there)| *here = (*here).max(*there));
            }),
        )
}

fn contexts() -> Row {
    const WRITERS: u64 = 10_000;
    let make = |side| CausalContext::from(our_vector(WRITERS, side));
    Row::new((3, 3), "`CausalContext` join, 10 000 writers, a writer", Unit::Nanos)
        .with(
            Role::Ours,
            "Rejoin",
            borrowed((WRITERS, WRITERS), make, |here, there| _ = here.join(there)),
        )
        .bar(Bar::AtMost(5.0))
}
