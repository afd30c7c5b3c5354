//! `Quorums` over replicas that gossip, crash, lose their disks and change their voters.

pub(crate) mod world;

use core::time::Duration;

use rejoin_quorum::{Level, Quorum};
use rejoin_sim::check::{Action, linearizable};
use rejoin_store::NodeId;

use self::world::{Objects, World, id};

/// Whether this operation counts as one of the level in question; eventual writes are between them.
fn run(seed: u64, level: Level) -> World {
    let mut world = World::new(seed, 5, 3);
    let mut voters = [1, 2, 3];
    let mut next = 6;
    for _ in 0..60 {
        for _ in 0..3 {
            let up = world.up();
            let at = up[world.rng.usize(..up.len())];
            let key = world.rng.u8(..2);
            match world.rng.u8(..2) {
                0 => world.write(at, key, level),
                _ => world.read(at, key, level),
            }
            let pause = world.rng.u64(..4_000);
            world.run_for(Duration::from_micros(pause));
        }
        let victim = 1 + u128::from(world.rng.u8(..5));
        match world.rng.u8(..12) {
            0 | 1 if world.up().len() >= world.nodes.len() => world.crash(victim),
            2..5 => {
                let down: Vec<u128> = world.disks.keys().copied().collect();
                down.into_iter().for_each(|number| world.start(number));
            }
            5 => world.cut_off = vec![victim],
            6 => world.cut_off.clear(),
            // A voter loses its disk. Another node takes its place.
            7 if next < 9 && world.up().len() == world.nodes.len() => {
                let place = world.rng.usize(..3);
                world.crash(voters[place]);
                world.disks.remove(&voters[place]);
                world.nodes.remove(&voters[place]);
                voters[place] = next;
                world.start(next);
                next += 1;
                let at = *world.nodes.keys().next().unwrap();
                let Some(Some(node)) = world.nodes.get_mut(&at) else { continue };
                let deadline = world.now + Duration::from_secs(2);
                let to: Vec<NodeId> = voters.iter().map(|voter| id(*voter)).collect();
                if node
                    .quorums
                    .change_voters(world.now, to, deadline, node.durable.replica())
                    .is_ok()
                {
                    world.cut_off.clear();
                    world.drive(at);
                    world.run_for(Duration::from_secs(2));
                }
            }
            _ => {}
        }
    }
    world.cut_off.clear();
    let down: Vec<u128> = world.disks.keys().copied().collect();
    down.into_iter().for_each(|number| world.start(number));
    world.loss = 0.0;
    world.run_for(Duration::from_secs(5));
    world
}

pub(crate) fn seeds(most: u64) -> core::ops::Range<u64> {
    0..std::env::var("REJOIN_SEEDS").map_or(most, |seeds| seeds.parse().expect("a number"))
}

#[test]
fn strong_operations_on_replicated_objects_are_linearizable() {
    let (mut returned, mut failed, mut changed) = (0, 0, 0);
    for seed in seeds(60) {
        let world = run(seed, Level::Strong);
        linearizable(&world.history).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        returned += world.history.iter().filter(|operation| operation.returned.is_some()).count();
        failed += world.failed;
        changed += world.changed.iter().filter(|change| change.is_ok()).count();

        // Everything that was confirmed is everywhere in the end.
        let states: Vec<&Objects> =
            world.nodes.values().flatten().map(|node| node.durable.state()).collect();
        assert!(states.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: not equal");
        for operation in world.history.iter().filter(|operation| operation.returned.is_some()) {
            if let Action::Write { key, dots } = &operation.action {
                let seen = states[0].get(key).unwrap().context();
                assert!(seen.is_superset(dots), "seed {seed}: a confirmed write is lost");
            }
        }
    }
    let seeds = usize::try_from(seeds(60).end).unwrap();
    assert!(
        returned > 100 * seeds && failed > seeds && changed > seeds / 2,
        "{returned} {failed} {changed}"
    );
}

/// No panic, no endless loop, and everybody goes on.
#[test]
fn members_take_any_message_that_can_be_read() {
    let mut spoilt = 0;
    for seed in seeds(40) {
        let mut world = World::new(seed, 4, 3);
        world.spoil = 0.3;
        for _ in 0..60 {
            let (at, key) = (1 + u128::from(world.rng.u8(..4)), world.rng.u8(..2));
            match world.rng.u8(..8) {
                0..4 => world.write(at, key, Level::Strong),
                4 => world.read(at, key, Level::Quorum(Quorum::Majority)),
                5 => {
                    let Some(Some(node)) = world.nodes.get_mut(&at) else { continue };
                    let deadline = world.now + Duration::from_millis(50);
                    let replica = node.durable.replica();
                    let to = [1, 2, 4].map(id);
                    let _ = node.quorums.change_voters(world.now, to, deadline, replica);
                }
                _ => world.read(at, key, Level::Strong),
            }
            world.run_for(Duration::from_millis(3));
        }
        spoilt += world.spoilt;
        let before = world.history.len();
        (world.spoil, world.loss) = (0.0, 0.0);
        world.write(1, 9, Level::Eventual);
        world.drive(1); // nothing else may come in time
        world.run_for(Duration::from_millis(100));
        assert!(world.history[before].returned.is_some(), "seed {seed}");
    }
    assert!(spoilt as u64 > 12 * seeds(40).end, "{spoilt}");
}

/// Not even fragments can be sent.
#[test]
fn with_an_absurd_limit_operations_end_at_their_time_out() {
    let mut world = World::empty(1, 3);
    world.max_message = 10;
    (1..=3).for_each(|number| world.start(number));
    world.write(1, 0, Level::Strong);
    world.read(2, 0, Level::Strong);
    world.run_for(Duration::from_millis(200));
    assert_eq!(world.failed, 2);
    assert!(world.node(1).quorums.oversized() > 0);
    assert!((1..1_000).contains(&world.node(2).quorums.oversized()));
}

#[test]
fn quorum_operations_on_replicated_objects_are_not() {
    let majority = Level::Quorum(Quorum::Majority);
    assert!(seeds(60).any(|seed| linearizable(&run(seed, majority).history).is_err()));
}
