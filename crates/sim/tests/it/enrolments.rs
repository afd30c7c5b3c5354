//! Enrolments step by step, in orders in which a voter that has forgotten could be counted as one
//! that remembers.

use core::time::Duration;

use rejoin_durable::{Durable, Memory};
use rejoin_quorum::{Level, Standing};
use rejoin_sim::check::linearizable;
use rejoin_store::Config;

use crate::replicated::seeds;
use crate::replicated::world::{Objects, World, id};

/// A node that is no voter.
const CLIENT: u128 = 6;

/// The nodes 1 to 6, of which the first ones are voters.
fn world(voters: u128) -> World {
    let mut world = World::empty(1, voters);
    (world.loss, world.patience) = (0.0, Duration::from_secs(20));
    (1..=6).for_each(|number| world.start(number));
    run(&mut world);
    world
}

fn run(world: &mut World) {
    world.run_for(Duration::from_millis(300));
}

/// From now on only nodes that have one of these groups in common reach each other.
fn connect<const N: usize>(world: &mut World, groups: [&[u128]; N]) {
    world.groups = groups.map(<[u128]>::to_vec).to_vec();
    run(world);
}

/// A copy of a node's disk, marked as one that was restored from a backup.
fn backup(world: &mut World, number: u128) -> Memory {
    let disk = world.node(number).durable.storage().clone();
    let mut durable = Durable::<Objects, _>::open_as(disk, 1_000, Config::default()).unwrap();
    Standing::mark_restored(durable.replica_mut()).unwrap();
    durable.commit().unwrap();
    durable.into_storage()
}

/// Starts a node with this disk in the place of its own; greetings come through within these
/// groups, and no message yet.
fn restore<const N: usize>(world: &mut World, number: u128, disk: Memory, groups: [&[u128]; N]) {
    world.crash(number);
    world.loss = 1.0;
    world.groups = groups.map(<[u128]>::to_vec).to_vec();
    world.start_with(number, disk);
    run(world);
    world.loss = 0.0;
}

/// Starts a strong write at the client, and returns its number in the history.
fn write(world: &mut World) -> usize {
    world.write(CLIENT, 0, Level::Strong);
    world.drive(CLIENT);
    run(world);
    world.history.len() - 1
}

fn votes(world: &mut World, number: u128) -> bool {
    world.node(number).quorums.not_voting().is_none()
}

/// A read that these voters answer does not contradict the history, and in the end all vote.
fn is_well<const N: usize>(mut world: World, write: usize, groups: [&[u128]; N]) {
    let reader = groups[0][0];
    connect(&mut world, groups);
    world.read(reader, 0, Level::Strong);
    world.drive(reader);
    run(&mut world);
    linearizable(&world.history).unwrap();
    world.groups.clear();
    world.run_for(Duration::from_secs(2));
    assert!((1..=5).all(|number| votes(&mut world, number)));
    let returned = |index: usize| world.history[index].returned.is_some();
    assert!(returned(write) && returned(write + 1));
    linearizable(&world.history).unwrap();
}

/// Five voters; backups of two, which are old by now; and a write that the first voter alone has
/// confirmed, and will have forgotten.
fn forgetful_world() -> (World, [Memory; 2], usize) {
    let mut world = world(5);
    let backups = [1, 2].map(|number| backup(&mut world, number));
    for _ in 0..5 {
        world.write(3, 1, Level::Strong);
        run(&mut world);
    }
    connect(&mut world, [&[CLIENT, 1]]);
    let write = write(&mut world);
    (world, backups, write)
}

/// The second voter has forgotten the number of the first one when that is about to vote.
#[test]
fn a_voter_that_has_recorded_another_one_and_forgets_it_does_not_count() {
    let (mut world, [first, second], write) = forgetful_world();
    restore(&mut world, 1, first, [&[1, 2], &[1, 3], &[1, 4]]);
    connect(&mut world, [&[1, 2]]);
    restore(&mut world, 2, second, [&[2, 3], &[2, 4], &[2, 5]]);
    run(&mut world);
    assert!(votes(&mut world, 2), "three voters have recorded it");
    connect(&mut world, [&[1, 3], &[1, 4]]);
    assert!(!votes(&mut world, 1), "one of three voters has forgotten it");
    connect(&mut world, [&[CLIENT, 2], &[CLIENT, 5]]);
    is_well(world, write, [&[3, 1], &[4, 1], &[3, 4]]);
}

/// The second voter has greeted the others before the first one was recorded there.
#[test]
fn a_voter_that_enrols_learns_which_voters_the_others_have_recorded() {
    let (mut world, [first, second], write) = forgetful_world();
    restore(&mut world, 1, first, [&[1, 2]]);
    run(&mut world);
    restore(&mut world, 2, second, [&[2, 3], &[2, 4], &[2, 5]]);
    connect(&mut world, [&[1, 3], &[1, 4]]);
    assert!(votes(&mut world, 1), "three voters have recorded it");
    connect(&mut world, [&[2, 3], &[2, 4], &[2, 5]]);
    assert!(votes(&mut world, 2), "three voters have recorded it");
    connect(&mut world, [&[CLIENT, 2], &[CLIENT, 5]]);
    is_well(world, write, [&[3, 1], &[4, 1], &[3, 4]]);
}

/// New voters have recorded nothing.
#[test]
fn what_was_answered_to_older_voters_does_not_count_for_newer_ones() {
    let mut world = world(3);
    let first = backup(&mut world, 1);
    connect(&mut world, [&[CLIENT, 1]]);
    let write = write(&mut world);

    restore(&mut world, 1, first, [&[1, 2, 3, 4, 5]]);
    run(&mut world);
    assert!(votes(&mut world, 1));
    let (now, deadline) = (world.now, world.now + Duration::from_secs(1));
    let node = world.node(2);
    let to = [1, 4, 5].map(id);
    let _ = node.quorums.change_voters(now, to, deadline, node.durable.replica()).unwrap();
    world.drive(2);
    world.run_for(Duration::from_secs(1));
    assert!(world.changed.pop().unwrap().is_ok());
    // One of them restarts, so that the client learns from its greeting who votes.
    world.groups = vec![vec![CLIENT, 4]];
    world.crash(4);
    world.start(4);
    run(&mut world);
    is_well(world, write, [&[5, 1]]);
}

/// Two of five voters are restored one after the other, while only some reach each other.
fn run_at_random(seed: u64) -> World {
    let mut world = World::empty(seed, 5);
    world.patience = Duration::from_millis(400);
    (1..=6).for_each(|number| world.start(number));
    let mut backups = Vec::new();
    for _ in 0..80 {
        let (at, key) = (1 + u128::from(world.rng.u8(..6)), world.rng.u8(..2));
        match world.rng.bool() {
            true => world.write(at, key, Level::Strong),
            false => world.read(at, key, Level::Strong),
        }
        let pause = world.rng.u64(..30_000);
        world.run_for(Duration::from_micros(pause));
        match world.rng.u8(..4) {
            0 if backups.is_empty() && (1..=5).all(|number| votes(&mut world, number)) => {
                let first = 1 + u128::from(world.rng.u8(..5));
                backups =
                    [first, first % 5 + 1].map(|node| (node, backup(&mut world, node))).into();
            }
            1 => {
                if let Some((number, disk)) = backups.pop() {
                    world.crash(number);
                    world.start_with(number, disk);
                }
            }
            _ => {
                let group = |rng: &mut fastrand::Rng| rng.choose_multiple(1..=6, 3);
                let groups = 1 + world.rng.usize(..5);
                world.groups = (0..groups).map(|_| group(&mut world.rng)).collect();
            }
        }
    }
    world.groups.clear();
    world.loss = 0.0;
    world.run_for(Duration::from_secs(1));
    world
}

#[test]
fn a_minority_that_has_forgotten_does_no_harm() {
    let (mut returned, mut noticed) = (0, 0);
    for seed in seeds(40) {
        let mut world = run_at_random(seed);
        linearizable(&world.history).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!((1..=5).all(|number| votes(&mut world, number)), "seed {seed}");
        returned += world.history.iter().filter(|operation| operation.returned.is_some()).count();
        noticed += usize::from(!world.not_voting.is_empty());
    }
    let seeds = usize::try_from(seeds(40).end).unwrap();
    assert!(returned > 40 * seeds && noticed > seeds / 2, "{returned} {noticed}");
}

/// It is read in fragments.
#[test]
fn an_object_that_is_too_long_for_a_message_does_not_keep_a_voter_from_enrolling() {
    let mut world = World::empty(1, 3);
    world.max_message = 600;
    (1..=3).for_each(|number| world.start(number));
    let disk = backup(&mut world, 1);
    for number in 1..200u64 {
        if number == 100 {
            world.crash(1);
            world.start_with(1, disk.clone());
        }
        let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let replica = world.node(2).durable.replica_mut();
        replica.stage(|map| map.entry(0).insert(number)).unwrap();
        world.drive(2);
        world.run_for(Duration::from_millis(1));
    }
    world.run_for(Duration::from_secs(5));
    assert!(votes(&mut world, 1), "{:?}", world.node(1).quorums.not_voting());
}
