//! Worlds of a size for every day.

use std::collections::HashSet;

use rejoin_quorum::Level::Strong;

use crate::model::shared::RENAMINGS;
use crate::model::world::Task::{Change, HastyUpdate, Read, Update};
use crate::model::world::{Limits, Setup};
use crate::model::{explore, holds};

#[test]
fn one_update_and_two_reads() {
    let clients = vec![vec![Update(1)], vec![Read(Strong)], vec![Read(Strong)]];
    holds("1 × 2", Setup { clients, ..Setup::default() });
}

#[test]
fn two_updates_and_a_read() {
    let clients = vec![vec![Update(1)], vec![Update(2)], vec![Read(Strong)]];
    holds("2 × 1", Setup { clients, differences: true, ..Setup::default() });
}

#[test]
fn crashes_lose_what_is_not_durable() {
    let clients = vec![vec![Update(1)], vec![Read(Strong)]];
    let limits = Limits { crashes: 1, ..Limits::default() };
    holds("crashes", Setup { clients, limits, lazy_disk: true, ..Setup::default() });
}

#[test]
fn clients_give_up() {
    let clients = vec![vec![HastyUpdate(1), Read(Strong)]];
    let limits = Limits { timeouts: 2, ..Limits::default() };
    holds("hasty", Setup { clients, limits, ..Setup::default() });
}

#[test]
fn clients_crash() {
    let clients = vec![vec![Update(1), Read(Strong)], vec![Read(Strong)]];
    let limits = Limits { client_crashes: 1, ..Limits::default() };
    holds("client crash", Setup { clients, limits, ..Setup::default() });
}

#[test]
fn acceptors_hold_writes_back() {
    let clients = vec![vec![Update(1)], vec![Read(Strong)]];
    let limits = Limits { duplicates: 1, ..Limits::default() };
    holds("fairness", Setup { clients, limits, fair_from: Some(1), ..Setup::default() });
}

#[test]
fn voters_change() {
    let clients = vec![vec![Update(1)], vec![Change(vec![2])], vec![Read(Strong)]];
    holds("change a", Setup { clients, voters: 1, spares: 1, ..Setup::default() });
    let clients = vec![vec![Update(1)], vec![Change(vec![2, 3]), Read(Strong)]];
    holds("change b", Setup { clients, voters: 2, spares: 1, ..Setup::default() });
    let clients = vec![vec![Update(1)], vec![Change(vec![2]), Read(Strong)], vec![Read(Strong)]];
    holds("change c", Setup { clients, voters: 1, spares: 1, ..Setup::default() });
}

/// Worlds that differ in the voters' names only are explored once. That leaves out nothing: going
/// through all of them, one by one, finds as many different ones.
#[test]
fn names_do_not_matter() {
    let clients = vec![vec![Update(1), Read(Strong)], vec![Read(Strong)]];
    let setup = Setup { clients, no_stragglers: true, ..Setup::default() };
    let (mut seen, mut different) = (HashSet::new(), HashSet::new());
    let mut open = vec![setup.start()];
    seen.insert(open[0].key(1));
    while let Some(world) = open.pop() {
        different.insert(world.key(RENAMINGS.len()));
        let mut steps = Vec::new();
        setup.steps(&world, &mut steps);
        let next = steps.into_iter().filter_map(|step| setup.next(&world, step));
        open.extend(next.filter(|next| seen.insert(next.key(1))));
    }
    assert_eq!(different.len(), explore("names", setup).states);
    assert!(seen.len() > 5 * different.len(), "{} and {}", seen.len(), different.len());
}
