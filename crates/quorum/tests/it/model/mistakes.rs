//! What is known to be wrong is found to be wrong, in the same worlds.

use rejoin_quorum::Level::{self, Strong};
use rejoin_quorum::Quorum;

use crate::model::fails;
use crate::model::world::Task::{Change, Read, Update};
use crate::model::world::{Limits, Mistake, Setup};

const MAJORITY: Level = Level::Quorum(Quorum::Majority);

/// Two updates and two majority reads, with time-outs, after which the reads ask all voters.
fn majority_reads(read_repair: bool) -> Setup {
    let clients =
        vec![vec![Update(1)], vec![Update(2)], vec![Read(MAJORITY)], vec![Read(MAJORITY)]];
    let limits = Limits { timeouts: 2, ..Limits::default() };
    Setup { clients, limits, read_repair, ..Setup::default() }
}

#[test]
fn plain_majority_reads_are_not_linearizable() {
    fails("plain majority", majority_reads(false));
}

/// That is the register of Attiya, Bar-Noy and Dolev, with joins: fine for a single writer's
/// values, which are ordered, and not for a lattice.
#[test]
fn majority_reads_that_write_back_are_not_linearizable() {
    fails("ABD write-back", majority_reads(true));
}

#[test]
fn an_acceptor_must_not_answer_before_it_is_durable() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    let limits = Limits { crashes: 1, ..Limits::default() };
    let mistake = Mistake::LyingDisk;
    fails("lying disk", Setup { clients, limits, lazy_disk: true, mistake, ..Setup::default() });
}

#[test]
fn a_seed_must_not_be_used_twice() {
    let clients = vec![vec![Update(1)], vec![Read(Strong), Read(Strong)]];
    let limits = Limits { client_crashes: 1, ..Limits::default() };
    let mistake = Mistake::SameSeed;
    fails("same seed", Setup { clients, limits, mistake, ..Setup::default() });
}

#[test]
fn a_voter_must_not_lose_its_disk() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    let limits = Limits { crashes: 1, ..Limits::default() };
    let mistake = Mistake::LostDisk;
    fails("lost disk", Setup { clients, limits, mistake, ..Setup::default() });
}

/// Catching up brings back what was done before, but not what the voter has confirmed of an update
/// that is still on its way: that is confirmed by a majority later, and is not there. So a lost
/// disk means a new id, and a change of voters.
#[test]
fn a_voter_that_has_lost_its_disk_must_not_vote_even_if_it_has_caught_up() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    let limits = Limits { crashes: 1, ..Limits::default() };
    let mistake = Mistake::LostDiskThenCaughtUp;
    fails("lost disk, caught up", Setup { clients, limits, mistake, ..Setup::default() });
}

#[test]
fn voters_must_not_be_changed_at_one_stroke() {
    let clients = vec![vec![Update(1)], vec![Change(vec![1, 2, 4]), Read(Strong)]];
    let mistake = Mistake::BareChange;
    fails("bare change", Setup { clients, spares: 1, mistake, ..Setup::default() });
}
