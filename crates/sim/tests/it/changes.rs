//! Changes of voters that go wrong, and what an operator can do then.

use core::time::Duration;

use rejoin_quorum::{InvalidVoters, Level, OperationError, Success, Voters};

use crate::replicated::world::{World, id};

/// Five nodes, of which the first three are voters.
fn world() -> World {
    let mut world = World::new(7, 5, 3);
    world.loss = 0.0;
    world.run_for(Duration::from_millis(20));
    assert!(write(&mut world, 1));
    world
}

/// Whether a strong write there is confirmed.
fn write(world: &mut World, at: u128) -> bool {
    let index = world.history.len();
    world.write(at, 0, Level::Strong);
    world.drive(at);
    world.run_for(Duration::from_millis(50));
    world.history[index].returned.is_some()
}

fn settle(world: &mut World) -> Result<Voters, OperationError> {
    world.drive(1);
    world.run_for(Duration::from_secs(1));
    let Success::Changed(voters) = world.changed.pop().unwrap()? else { panic!("not a change") };
    Ok(voters)
}

fn change(world: &mut World, to: [u128; 3]) -> Result<(), InvalidVoters> {
    let deadline = world.now + Duration::from_millis(200);
    let now = world.now;
    let node = world.node(1);
    let replica = node.durable.replica();
    node.quorums.change_voters(now, to.map(id), deadline, replica).map(|_| ())
}

#[test]
fn a_change_to_nodes_that_are_not_there_is_refused() {
    let mut world = world();
    world.crash(4);
    world.crash(5);
    let error = change(&mut world, [1, 4, 5]).unwrap_err();
    assert_eq!(error, InvalidVoters::Absent([4, 5].map(id).to_vec()));
    let sentence = error.to_string();
    assert!(sentence.contains(&id(4).to_string()) && sentence.contains(&id(5).to_string()));
    assert!(write(&mut world, 1), "nothing has changed");
}

/// They were connected, and vanished before they could learn of it.
#[test]
fn a_change_to_nodes_that_never_come_is_aborted() {
    let mut world = world();
    world.cut_off = vec![4, 5];
    change(&mut world, [1, 4, 5]).unwrap();
    assert!(settle(&mut world).is_err());
    assert!(!write(&mut world, 1), "joint voters ask for a majority of the new ones");
    assert_eq!(change(&mut world, [1, 2, 3]).unwrap_err(), InvalidVoters::Joint);
    let (now, deadline) = (world.now, world.now + Duration::from_millis(500));
    let _ = world.node(1).quorums.abort_change(now, deadline).unwrap();
    assert_eq!(settle(&mut world).unwrap().iter().collect::<Vec<_>>(), [1, 2, 3].map(id));
    assert!(write(&mut world, 2));
    let none = world.node(1).quorums.abort_change(now, deadline).unwrap_err();
    assert_eq!(none, InvalidVoters::NotJoint);
    // Nodes that come late go by the voters that there are.
    world.cut_off.clear();
    world.run_for(Duration::from_millis(50));
    assert!(write(&mut world, 4));
}

#[test]
fn voters_without_a_majority_are_replaced_by_force() {
    let mut world = world();
    world.crash(2);
    world.crash(3);
    assert!(!write(&mut world, 1));
    change(&mut world, [1, 4, 5]).unwrap();
    assert!(settle(&mut world).is_err(), "the old ones have no majority");
    let (now, deadline) = (world.now, world.now + Duration::from_millis(500));
    let node = world.node(1);
    let replica = node.durable.replica();
    let _ = node.quorums.force_change(now, [1, 4, 5].map(id), deadline, replica).unwrap();
    assert_eq!(settle(&mut world).unwrap().iter().collect::<Vec<_>>(), [1, 4, 5].map(id));
    assert!(write(&mut world, 4));
    // An old voter that comes back learns of them.
    world.start(2);
    world.run_for(Duration::from_millis(50));
    assert!(!world.node(2).quorums.voters().contains(id(2)));
    assert!(write(&mut world, 2));
}

/// Which is a change at one stroke.
#[test]
fn other_voters_are_not_declared_by_a_restart() {
    let mut world = world();
    world.crash(1);
    let durable = rejoin_durable::Durable::open_as(
        world.disks.remove(&1).unwrap(),
        99,
        rejoin_store::Config::default(),
    );
    let durable = durable.unwrap();
    let declared = Voters::declare([1, 4, 5].map(id)).unwrap();
    let quorums = rejoin_quorum::Quorums::<crate::replicated::world::Objects>::new(
        durable.replica(),
        declared,
        Default::default(),
    );
    let error = quorums.unwrap_err();
    assert!(matches!(error, InvalidVoters::Differ { .. }), "{error}");
}
