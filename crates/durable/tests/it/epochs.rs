//! Values that are rewritten while all replicas are stopped.

use std::time::Duration;

use rejoin_core::{Causal, ReplicaId};
use rejoin_durable::{Durable, EpochError, Memory};
use rejoin_sets::AwSet;
use rejoin_store::{Config, HandleError};

use crate::support::{connect, disconnect, id, next, now, talk, wait};

type Tags = Causal<AwSet<u64>>;

/// Nobody writes under it.
const DEPARTED: ReplicaId = ReplicaId::from_u128(0);

fn open(disk: Memory, run: u64) -> Durable<Tags, Memory> {
    Durable::open_as(disk, run, Config::default()).unwrap()
}

/// Hands everything that was written so far over.
fn retire(node: &mut Durable<Tags, Memory>) {
    node.begin_epoch(|tags| {
        let writers: Vec<ReplicaId> = tags.context().replicas().collect();
        writers.into_iter().try_for_each(|writer| tags.retire(writer, DEPARTED))
    })
    .unwrap();
}

/// Three replicas that have been started often, and are equal and stopped now.
fn stopped() -> [Memory; 3] {
    let mut disks = [1, 2, 3].map(|number| Memory::new(id(number).node()));
    for run in 1..=10 {
        let mut nodes = disks.map(|disk| open(disk, run));
        connect(&mut nodes);
        for (index, node) in nodes.iter_mut().enumerate() {
            node.edit(|tags| tags.insert(run * 10 + index as u64)).unwrap();
        }
        nodes[0].edit(|tags| tags.remove(&(run * 10))).unwrap();
        talk(&mut nodes);
        disconnect(&mut nodes);
        disks = nodes.map(Durable::into_storage);
    }
    disks
}

#[test]
fn departed_replicas_are_retired_in_stores_that_go_on() {
    let mut nodes = stopped().map(|disk| open(disk, 11));
    let fingerprint = nodes[0].replica().fingerprint();
    assert!(nodes.iter().all(|node| node.replica().fingerprint() == fingerprint));
    assert_eq!(nodes[0].state().context().replicas().count(), 30);
    nodes.iter_mut().for_each(retire);

    // After a restart too.
    let mut nodes = nodes.map(|node| open(node.into_storage(), 12));
    connect(&mut nodes);
    for node in &mut nodes {
        assert_eq!(node.replica().epoch(), 1);
        assert_eq!(node.state().context().replicas().count(), 1);
        assert_eq!(node.state().len(), 20);
    }
    nodes[1].edit(|tags| tags.remove(&11)).unwrap();
    nodes[2].edit(|tags| tags.insert(7)).unwrap();
    talk(&mut nodes);
    for node in &nodes {
        assert!(!node.state().contains(&11) && node.state().contains(&7));
        assert_eq!(node.state(), nodes[0].state());
    }
}

#[test]
fn who_was_left_out_is_refused_and_changes_nothing() {
    let [one, two, three] = stopped();
    let mut nodes = [open(one, 11), open(two, 11)];
    nodes.iter_mut().for_each(retire);
    let [one, two] = nodes;
    let mut nodes = [one, two, open(three, 11)];
    nodes[2].edit(|tags| tags.clear()).unwrap();
    connect(&mut nodes);
    let before = nodes[0].state().clone();
    let mut refused = 0;
    while let Some((from, transmit)) = next(&mut nodes) {
        let Some(node) = nodes.iter_mut().find(|node| node.id() == transmit.to) else { continue };
        match node.replica_mut().handle(now(), from, &transmit.payload) {
            Err(HandleError::Epoch { theirs, ours }) => {
                assert_eq!(theirs + ours, 1);
                refused += 1;
            }
            result => assert!(result.is_ok(), "{result:?}"),
        }
        node.commit().unwrap();
        if refused > 20 {
            break; // it goes on asking
        }
    }
    assert!(refused > 0);
    assert_eq!(*nodes[0].state(), before);

    // With an empty storage it gets everything.
    let [one, two, _] = nodes;
    let mut nodes = [
        open(one.into_storage(), 12),
        open(two.into_storage(), 12),
        open(Memory::new(id(4).node()), 1),
    ];
    connect(&mut nodes);
    let mut refused = 0;
    for _ in 0..1_000 {
        let Some((from, transmit)) = next(&mut nodes) else {
            wait(&mut nodes, Duration::from_millis(20));
            continue;
        };
        let Some(node) = nodes.iter_mut().find(|node| node.id() == transmit.to) else { continue };
        let handled = node.replica_mut().handle(now(), from, &transmit.payload);
        refused += usize::from(handled.is_err()); // what it said before it had heard of the epoch
        node.commit().unwrap();
    }
    assert!(refused < 5, "{refused}");
    assert_eq!(*nodes[2].state(), before);
    assert_eq!(open(nodes[2].storage().clone(), 2).replica().epoch(), 1);
}

#[test]
fn an_epoch_that_cannot_begin_changes_nothing() {
    let [one, two, _] = stopped();
    let mut nodes = [open(one, 11), open(two, 11)];
    let before = nodes[0].state().clone();
    let failed = nodes[0].begin_epoch(|tags| {
        let writer = tags.context().replicas().next().unwrap();
        tags.retire(writer, DEPARTED)?;
        tags.retire(id(77), DEPARTED)?;
        Err(rejoin_core::RetireError::Exhausted)
    });
    assert!(matches!(failed, Err(EpochError::Rewrite(_))));
    assert_eq!((nodes[0].state(), nodes[0].replica().epoch()), (&before, 0));
    connect(&mut nodes);
    let connected = nodes[0].begin_epoch(|_| Ok::<(), std::fmt::Error>(()));
    assert!(matches!(connected, Err(EpochError::Connected)));
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
}
