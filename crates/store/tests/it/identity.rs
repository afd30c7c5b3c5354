//! A replica id that two processes use is reported, and with a new id nothing is lost.

use rejoin_core::{Causal, Dot, ForkedId, ReplicaId};
use rejoin_sets::AwSet;
use rejoin_store::{Config, Durable, HandleError, Memory, Storage, Time, Transmit};

use crate::support::{connect, id, open, talk};

type Tags = Durable<Causal<AwSet<String>>, Memory>;

/// A replica with two edits, a copy of its disk from before the second, and a peer with both.
fn backup() -> (Tags, Memory, Tags) {
    let mut nodes: [Tags; 2] = [open(1, &Config::default()), open(2, &Config::default())];
    nodes[0].batch(|tags| tags.insert("red")).unwrap();
    let disk = nodes[0].storage().clone();
    nodes[0].batch(|tags| tags.insert("green")).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    let [original, peer] = nodes;
    (original, disk, peer)
}

/// Brings messages to and fro until one is refused.
fn talk_until_refused(nodes: &mut [Tags; 2]) -> Option<HandleError> {
    while let Some((from, Transmit { to, payload })) =
        nodes.iter_mut().find_map(|node| Some((node.id(), node.replica_mut().poll_transmit()?)))
    {
        let receiver = nodes.iter_mut().find(|node| node.id() == to).unwrap();
        if let Err(error) = receiver.replica_mut().handle(Time::ZERO, from, &payload) {
            return Some(error);
        }
        receiver.commit().unwrap();
    }
    None
}

#[test]
fn a_restored_backup_is_told_at_its_first_sync() {
    let (_, disk, peer) = backup();
    let mut nodes = [Tags::open(disk, Config::default()).unwrap(), peer];
    connect(&mut nodes);
    let second = ForkedId::Unknown(Dot::new(id(1), 2).unwrap());
    assert_eq!(talk_until_refused(&mut nodes), Some(HandleError::Forked(second)));
    assert!(!nodes[0].state().contains("green"), "nothing has been merged");
    assert_eq!(nodes[0].replica().stats().rejected, 1);
}

#[test]
fn a_copy_that_runs_beside_the_original_is_told_by_its_edits() {
    let (mut original, disk, peer) = backup();
    let mut copy = Tags::open(disk, Config::default()).unwrap();
    copy.batch(|tags| tags.insert("blue")).unwrap(); // the same dot as the green one
    original.batch(|tags| tags.insert("white")).unwrap();
    let mut nodes = [original, peer];
    connect(&mut nodes);
    talk(&mut nodes);
    let [_, peer] = nodes;
    let mut nodes = [copy, peer];
    connect(&mut nodes);
    let third = ForkedId::Unknown(Dot::new(id(1), 3).unwrap());
    assert_eq!(talk_until_refused(&mut nodes), Some(HandleError::Forked(third)));
    let [copy, peer] = &nodes;
    let twice = ForkedId::Different(Dot::new(id(1), 2).unwrap());
    assert_eq!(peer.state().check_dots(copy.state()), Err(twice), "and which write it is");
}

#[test]
fn with_a_new_id_a_restored_backup_goes_on_and_loses_nothing() {
    let (original, mut disk, peer) = backup();
    disk.renew(id(3)).unwrap();
    let mut restored = Tags::open(disk, Config::default()).unwrap();
    assert_eq!(restored.id(), id(3));
    restored.batch(|tags| tags.insert("blue")).unwrap();
    let mut nodes = [original, peer, restored];
    connect(&mut nodes);
    talk(&mut nodes);
    for node in &nodes {
        assert_eq!(node.state().iter().collect::<Vec<_>>(), ["blue", "green", "red"]);
    }
    let disk = nodes[2].storage().clone();
    assert_eq!(Tags::open(disk, Config::default()).unwrap().id(), id(3), "it is kept");
}

#[test]
fn honest_restarts_are_never_accused() {
    let (original, _, peer) = backup();
    let mut nodes = [original, peer];
    for round in 0..10 {
        nodes = nodes.map(|node| Tags::open(node.into_storage(), Config::default()).unwrap());
        nodes[round % 2].batch(|tags| tags.insert(round.to_string())).unwrap();
        connect(&mut nodes);
        talk(&mut nodes); // unwraps every answer
        assert_eq!(nodes[0].state(), nodes[1].state());
    }
    assert_eq!(nodes[0].state().len(), 12);
    let ids: Vec<ReplicaId> = nodes[0].state().context().replicas().collect();
    assert_eq!(ids, [id(1), id(2)]);
}
