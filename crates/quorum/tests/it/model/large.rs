//! Worlds that take minutes, and gigabytes.

use rejoin_quorum::Level::Strong;

use crate::model::holds;
use crate::model::world::Task::{Change, HastyUpdate, Read, Update};
use crate::model::world::{Limits, Setup};

#[test]
#[ignore = "takes a minute"]
fn two_updates_in_a_row_and_two_reads() {
    let clients = vec![vec![Update(1), Update(2)], vec![Read(Strong)], vec![Read(Strong)]];
    let setup = Setup { clients, no_stragglers: true, ..Setup::default() };
    holds("(1, 1) × 2 without stragglers", setup);
}

#[test]
#[ignore = "takes a minute"]
fn two_updates_and_two_reads_in_a_row() {
    let clients = vec![vec![Update(1)], vec![Update(2)], vec![Read(Strong), Read(Strong)]];
    let setup = Setup { clients, no_stragglers: true, ..Setup::default() };
    holds("2 × (1, 1) without stragglers", setup);
}

#[test]
#[ignore = "takes minutes"]
fn two_updates_and_two_reads_without_stragglers() {
    let clients = vec![vec![Update(1)], vec![Update(2)], vec![Read(Strong)], vec![Read(Strong)]];
    let setup = Setup { clients, no_stragglers: true, ..Setup::default() };
    holds("2 × 2 without stragglers", setup);
}

#[test]
#[ignore = "takes many minutes"]
fn two_updates_and_two_reads() {
    let clients = vec![vec![Update(1)], vec![Update(2)], vec![Read(Strong)], vec![Read(Strong)]];
    holds("2 × 2", Setup { clients, ..Setup::default() });
}

#[test]
#[ignore = "takes a minute"]
fn crashes_and_duplicates() {
    let clients = vec![vec![Update(1)], vec![Read(Strong)]];
    let limits = Limits { crashes: 2, duplicates: 1, ..Limits::default() };
    holds("crashes", Setup { clients, limits, lazy_disk: true, ..Setup::default() });
}

#[test]
#[ignore = "takes a minute"]
fn clients_crash_and_give_up() {
    let clients = vec![vec![HastyUpdate(1), Read(Strong)], vec![Read(Strong)]];
    let limits = Limits { client_crashes: 1, timeouts: 1, ..Limits::default() };
    holds("give up", Setup { clients, limits, no_stragglers: true, ..Setup::default() });
}

#[test]
#[ignore = "takes twenty minutes"]
fn a_lost_disk_is_replaced() {
    let clients = vec![vec![Update(1)], vec![Change(vec![1, 2, 4])], vec![Read(Strong)]];
    holds("replaced", Setup { clients, spares: 1, no_stragglers: true, ..Setup::default() });
}
