//! What operators do to voters: an older copy of a disk, and a copy that runs beside.

use rejoin_quorum::Level::Strong;

use crate::model::world::Task::{self, HastyUpdate, Read, Update};
use crate::model::world::{Limits, Mistake, Setup};
use crate::model::{fails, holds, holds_in_order};

fn restored(clients: Vec<Vec<Task>>, mistake: Mistake) -> Setup {
    let limits = Limits { restores: 1, ..Limits::default() };
    Setup { clients, limits, mistake, ..Setup::default() }
}

fn copied(clients: Vec<Vec<Task>>, mistake: Mistake) -> Setup {
    let limits = Limits { copies: 1, ..Limits::default() };
    Setup { clients, limits, mistake, ..Setup::default() }
}

#[test]
fn a_restored_voter_forgets_what_it_has_confirmed() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    fails("restored, unnoticed", restored(clients, Mistake::Unnoticed));
}

#[test]
fn a_copy_of_a_voter_confirms_what_the_voter_does_not_know() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    fails("copied, unnoticed", copied(clients, Mistake::Unnoticed));
}

/// Fewer than ⌈n/2⌉ leave a majority in which no other voter knows that it has forgotten.
#[test]
fn fewer_than_half_of_the_others_are_too_few_to_record_a_voter() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    fails("restored, one less", restored(clients, Mistake::OneRecorderLess));
}

#[test]
fn a_restored_voter_that_has_enrolled_may_vote() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    holds_in_order("restored", restored(clients, Mistake::None));
}

/// The strict mode: each run that starts enrols, so that of two copies only the latest counts.
#[test]
fn a_copy_that_enrols_takes_the_vote_of_the_one_it_was_copied_from() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    holds_in_order("copied", copied(clients, Mistake::None));
}

#[test]
#[ignore = "takes minutes"]
fn a_restored_voter_while_others_read() {
    let clients = vec![vec![Update(1), Read(Strong)], vec![Read(Strong)]];
    let setup = Setup { no_stragglers: true, ..restored(clients, Mistake::None) };
    holds("restored, and a reader", setup);
}

#[test]
#[ignore = "takes minutes"]
fn a_voter_is_restored_and_others_crash() {
    let clients = vec![vec![Update(1), Read(Strong)]];
    let limits = Limits { restores: 1, crashes: 1, ..Limits::default() };
    holds_in_order(
        "restored, crash",
        Setup { clients, limits, lazy_disk: true, ..Setup::default() },
    );
}

#[test]
#[ignore = "takes minutes"]
fn a_copy_of_a_voter_while_others_read() {
    let clients = vec![vec![Update(1), Read(Strong)], vec![Read(Strong)]];
    let setup = Setup { no_stragglers: true, ..copied(clients, Mistake::None) };
    holds("copied, and a reader", setup);
}

#[test]
#[ignore = "takes minutes"]
fn a_voter_is_restored_and_an_update_is_given_up() {
    let clients = vec![vec![HastyUpdate(1), Read(Strong)]];
    let limits = Limits { restores: 1, timeouts: 1, ..Limits::default() };
    holds("restored, hasty", Setup { clients, limits, ..Setup::default() });
}
