//! Ordinary operator actions on voters: a backup that is restored, a disk that is used twice, other
//! voters that are declared. Strong operations stay linearizable, or nothing answers; without what
//! nodes say when they greet, they silently do not.

use core::time::Duration;

use rejoin_durable::Memory;
use rejoin_quorum::{Level, NotVoting, Standing, Voters};
use rejoin_sim::check::linearizable;

use crate::replicated::seeds;
use crate::replicated::world::{World, id};

/// The number of a copy of a voter.
const COPY: u128 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Restore,
    Copy,
    OtherVoters,
}

/// Strong operations everywhere while an operator does it, again and again.
fn run(seed: u64, fault: Fault, prepare: fn(&mut World)) -> World {
    let mut world = World::empty(seed, 3);
    prepare(&mut world);
    if fault == Fault::OtherVoters {
        for number in [4, 5] {
            world.otherwise.insert(number, Voters::declare([1, 4, 5].map(id)).unwrap());
        }
    }
    (1..=5).for_each(|number| world.start(number));
    let mut backup: Option<(u128, Memory)> = None;
    for _ in 0..60 {
        for _ in 0..3 {
            let up = world.up();
            let at = up[world.rng.usize(..up.len())];
            let key = world.rng.u8(..2);
            match world.rng.u8(..2) {
                0 => world.write(at, key, Level::Strong),
                _ => world.read(at, key, Level::Strong),
            }
            let pause = world.rng.u64(..4_000);
            world.run_for(Duration::from_micros(pause));
        }
        let victim = 1 + u128::from(world.rng.u8(..3));
        match (fault, world.rng.u8(..6)) {
            // An older copy of a disk takes the place of the disk, if all others are well.
            (Fault::Restore, 0) => {
                backup = Some((victim, world.node(victim).durable.storage().clone()));
            }
            (Fault::Restore, 1) if all_vote(&mut world) => {
                if let Some((victim, disk)) = backup.take() {
                    world.crash(victim);
                    world.start_with(victim, disk);
                }
            }
            // A copy of a disk is started beside it, and one of the two is stopped after a while.
            (Fault::Copy, 0) if !world.up().contains(&COPY) && all_vote(&mut world) => {
                let disk = world.node(victim).durable.storage().clone();
                world.start_with(COPY, disk);
            }
            (Fault::Copy, 1) => world.crash(COPY),
            (Fault::Restore | Fault::Copy, 2) if world.strict || !world.guard => {
                if world.rng.bool() {
                    world.cut_off = vec![victim];
                    if fault == Fault::Copy {
                        // The voter and its copy have a majority each.
                        world.cut_off.push(victim % 3 + 1);
                    }
                } else {
                    world.cut_off.clear();
                }
            }
            _ => {}
        }
    }
    world.cut_off.clear();
    world.loss = 0.0;
    world.crash(COPY);
    world.run_for(Duration::from_secs(1));
    world
}

fn all_vote(world: &mut World) -> bool {
    (1..=3).all(|number| world.node(number).quorums.not_voting().is_none())
}

fn careless(world: &mut World) {
    world.guard = false;
}

fn strict(world: &mut World) {
    world.strict = true;
}

/// What is planted is found. The search begins where it has been found before.
fn silently_breaks(fault: Fault) {
    let first = if fault == Fault::Restore { 49 } else { 0 };
    let mut seeds = first..first + 400;
    let is_broken = |seed: u64| linearizable(&run(seed, fault, careless).history).is_err();
    assert!(seeds.any(is_broken), "{fault:?}: the checker has found nothing");
}

/// It is noticed, nothing is wrong, and voters vote again in the end.
fn is_noticed(fault: Fault, prepare: fn(&mut World)) {
    let (mut returned, mut noticed) = (0, 0);
    for seed in seeds(40) {
        let mut world = run(seed, fault, prepare);
        linearizable(&world.history).unwrap_or_else(|error| panic!("{fault:?} {seed}: {error}"));
        returned += world.history.iter().filter(|operation| operation.returned.is_some()).count();
        noticed += usize::from(!world.not_voting.is_empty() || world.refused > 0);
        assert!(all_vote(&mut world), "{fault:?} {seed}: {:?}", world.not_voting.last());
        // Nodes may leave messages to what comes next, and that may come too late.
        let goes_on = (0..5).any(|_| {
            let before = world.history.len();
            world.write(1, 0, Level::Strong);
            world.drive(1);
            world.run_for(Duration::from_millis(100));
            world.history[before].returned.is_some()
        });
        assert!(goes_on, "{fault:?} {seed}: nothing goes on");
    }
    let seeds = usize::try_from(seeds(40).end).unwrap();
    assert!(noticed > seeds / 2 && returned > 20 * seeds, "{fault:?}: {noticed} {returned}");
}

#[test]
fn a_voter_that_is_restored_from_a_backup_forgets_silently() {
    silently_breaks(Fault::Restore);
}

#[test]
fn a_copy_beside_a_voter_confirms_silently() {
    silently_breaks(Fault::Copy);
}

#[test]
fn nodes_that_declare_different_voters_act_silently() {
    silently_breaks(Fault::OtherVoters);
}

#[test]
fn a_restored_voter_hears_of_it_from_its_peers() {
    is_noticed(Fault::Restore, |_| {});
}

#[test]
fn two_runs_of_a_voter_are_refused() {
    is_noticed(Fault::Copy, |_| {});
}

#[test]
fn nodes_that_declare_different_voters_are_refused() {
    is_noticed(Fault::OtherVoters, |_| {});
}

/// Also when they are cut off from the peers that have seen more of them.
#[test]
fn strict_voters_need_no_peer_that_remembers() {
    is_noticed(Fault::Restore, strict);
    is_noticed(Fault::Copy, strict);
}

/// The peers have seen nothing, and a tool has marked the disk.
#[test]
fn a_voter_that_was_marked_as_restored_votes_once_it_has_enrolled() {
    let mut world = World::new(1, 3, 3);
    world.write(1, 0, Level::Strong);
    world.run_for(Duration::from_millis(50));
    let node = world.node(1);
    Standing::mark_restored(node.durable.replica_mut()).unwrap();
    node.durable.commit().unwrap();
    world.cut_off = vec![1];
    world.crash(1);
    world.start(1);
    assert_eq!(world.node(1).quorums.not_voting(), Some(NotVoting::Restored));
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.node(1).quorums.not_voting(), Some(NotVoting::Restored));
    world.cut_off.clear();
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.node(1).quorums.not_voting(), None);
}

/// What a start costs: the price of the strict mode.
#[test]
fn a_strict_start_costs_a_message_each_way_for_each_other_voter() {
    let sent = |strict: bool| {
        let mut world = World::empty(1, 3);
        (world.strict, world.loss) = (strict, 0.0);
        (1..=3).for_each(|number| world.start(number));
        world.run_for(Duration::from_millis(100));
        world.crash(1);
        let before = world.about_voters;
        world.start(1);
        let started = world.now;
        while world.node(1).quorums.not_voting().is_some() {
            (1..=3).for_each(|number| world.drive(number)); // nothing is left to what comes next
            world.run_for(Duration::from_micros(100));
        }
        (world.about_voters - before, world.now.since(started))
    };
    let ((usual, at_once), (strict, waited)) = (sent(false), sent(true));
    println!("messages at a start: {usual}, strict {strict}; votes after {waited:?}");
    assert_eq!((usual, at_once), (0, Duration::ZERO));
    assert!((4..=6).contains(&strict), "{strict}"); // some are there twice
    assert!(waited <= Duration::from_millis(7), "{waited:?}"); // one round trip of at most 6 ms
}
