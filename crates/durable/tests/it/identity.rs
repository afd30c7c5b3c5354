//! Copied disks and restored backups lose nothing; an id that two processes use is reported.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoin_core::{Causal, Dot, ForkedId, NodeId};
use rejoin_counters::{BoundedCounter, SpendError};
use rejoin_durable::{Durable, Memory, Storage};
use rejoin_sets::AwSet;
use rejoin_store::{Config, HandleError, Replicated, Transmit};

use crate::support::{connect, disconnect, id, next, now, open, talk, wait};

type Tags = Durable<Causal<AwSet<String>>, Memory>;
type Stock = Durable<BoundedCounter, Memory>;

/// A replica with two edits, a copy of its disk from before the second, and a peer with both.
fn backup() -> (Tags, Memory, Tags) {
    let mut nodes: [Tags; 2] = [open(1, &Config::default()), open(2, &Config::default())];
    nodes[0].edit(|tags| tags.insert("red")).unwrap();
    let disk = nodes[0].storage().clone();
    nodes[0].edit(|tags| tags.insert("green")).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    let [original, peer] = nodes;
    (original, disk, peer)
}

/// Brings messages to and fro until one is refused.
fn talk_until_refused<S: Replicated>(nodes: &mut [Durable<S, Memory>; 2]) -> Option<HandleError> {
    for _ in 0..100 {
        while let Some((from, Transmit { to, payload })) = next(nodes) {
            let Some(receiver) = nodes.iter_mut().find(|node| node.id() == to) else { continue };
            if let Err(error) = receiver.replica_mut().handle(now(), from, &payload) {
                return Some(error);
            }
            receiver.commit().unwrap();
        }
        wait(nodes, Duration::from_millis(50));
    }
    None
}

/// Everything that was ever acknowledged, at every replica.
fn check(nodes: &mut [Tags], expected: &[&str]) {
    connect(nodes);
    talk(nodes);
    for node in nodes {
        assert_eq!(node.state().iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_restored_backup_goes_on_and_loses_nothing() {
    for lost in 1..=3 {
        let (_, disk, peer) = backup();
        let mut restored = Tags::open(disk, Config::default()).unwrap();
        // As many edits as were lost, before it hears of them: their numbers hide that they were.
        for n in 0..lost {
            restored.edit(|tags| tags.insert(format!("blue {n}"))).unwrap();
        }
        let all = ["blue 0", "blue 1", "blue 2"].into_iter().take(lost).chain(["green", "red"]);
        check(&mut [restored, peer], &all.collect::<Vec<_>>());
    }
}

#[test]
fn a_copy_that_runs_beside_the_original_loses_nothing() {
    let (mut original, disk, peer) = backup();
    let mut copy = Tags::open(disk, Config::default()).unwrap();
    copy.edit(|tags| tags.insert("blue")).unwrap();
    original.edit(|tags| tags.insert("white")).unwrap();
    copy.edit(|tags| tags.remove("red")).unwrap();
    check(&mut [original, peer, copy], &["blue", "green", "white"]);
}

#[test]
fn copies_of_copies_are_told_apart() {
    let (_, disk, peer) = backup();
    let mut copies: Vec<Tags> =
        (0..5).map(|_| Tags::open(disk.clone(), Config::default()).unwrap()).collect();
    for (n, copy) in copies.iter_mut().enumerate() {
        copy.edit(|tags| tags.insert(format!("copy {n}"))).unwrap();
    }
    copies.push(peer);
    let ids: BTreeSet<_> = copies.iter().map(Durable::id).collect();
    assert_eq!(ids.len(), 6);
    check(&mut copies, &["copy 0", "copy 1", "copy 2", "copy 3", "copy 4", "green", "red"]);
}

#[test]
fn an_incarnation_that_is_used_twice_is_told_at_the_first_sync() {
    let (_, disk, peer) = backup();
    let mut nodes = [Tags::open_as(disk, 0, Config::default()).unwrap(), peer];
    connect(&mut nodes);
    let second = ForkedId::Unknown(Dot::new(id(1), 2).unwrap());
    assert_eq!(talk_until_refused(&mut nodes), Some(HandleError::Forked(second)));
    assert!(!nodes[0].state().contains("green"), "nothing has been merged");
    assert_eq!(nodes[0].replica().stats().rejected, 1);
}

#[test]
fn an_incarnation_that_is_used_twice_at_once_is_told_by_its_edits() {
    let (mut original, disk, peer) = backup();
    let mut copy = Tags::open_as(disk, 0, Config::default()).unwrap();
    copy.edit(|tags| tags.insert("blue")).unwrap(); // the same dot as the green one
    original.edit(|tags| tags.insert("white")).unwrap();
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

/// Two writes under one dot, in equal numbers, so that nobody has seen more than the other.
#[test]
fn a_dot_that_was_minted_twice_is_found_by_comparing_values() {
    let config = Config::default().with_scrub_interval(Duration::from_secs(60));
    let disk = Memory::new(id(1).node());
    let open = |disk| Tags::open_as(disk, 0, config.clone()).unwrap();
    let (mut one, mut twin) = (open(disk.clone()), open(disk));
    one.edit(|tags| tags.insert("green")).unwrap();
    twin.edit(|tags| tags.insert("blue")).unwrap();
    // Each has told another replica, and those meet.
    let mut nodes = [one, twin].map(|writer| {
        let peer = Tags::open(Memory::new(NodeId::random()), config.clone()).unwrap();
        let mut pair = [writer, peer];
        connect(&mut pair);
        talk(&mut pair);
        disconnect(&mut pair);
        let [_, peer] = pair;
        peer
    });
    connect(&mut nodes);
    talk(&mut nodes);
    assert_ne!(nodes[0].state(), nodes[1].state());
    assert!(nodes.iter().all(|node| node.replica().diverged().next().is_none()));
    wait(&mut nodes[..1], Duration::from_secs(61));
    talk(&mut nodes);
    let ids = nodes.each_ref().map(Durable::id);
    for (node, peer) in nodes.iter().zip([ids[1], ids[0]]) {
        assert_eq!(node.replica().diverged().collect::<Vec<_>>(), [peer]);
    }
    let twice = ForkedId::Different(Dot::new(id(1), 1).unwrap());
    assert_eq!(nodes[0].state().check_dots(nodes[1].state()), Err(twice));

    // What the report says to do.
    disconnect(&mut nodes);
    let [sound, _] = nodes;
    let empty = Tags::open(Memory::new(NodeId::random()), config).unwrap();
    let mut nodes = [sound, empty];
    connect(&mut nodes);
    talk(&mut nodes);
    wait(&mut nodes[..1], Duration::from_secs(61));
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
    assert!(nodes.iter().all(|node| node.replica().diverged().next().is_none()));
}

/// A shop with ten in stock, a copy of its disk, and a peer that has heard of the ten.
fn shop() -> (Stock, Memory, Stock) {
    let mut nodes: [Stock; 2] = [open(1, &Config::default()), open(2, &Config::default())];
    nodes[0].edit(|stock| stock.increment(10)).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    let [shop, peer] = nodes;
    let disk = shop.storage().clone();
    (shop, disk, peer)
}

#[test]
fn rights_outlive_a_restart() {
    let (mut shop, _, _) = shop();
    shop.edit(|stock| stock.decrement(4)).unwrap().unwrap();
    let mut shop = Stock::open(shop.into_storage(), Config::default()).unwrap();
    shop.edit(|stock| {
        assert_eq!(stock.decrement(7), Err(SpendError::Insufficient { available: 6 }));
        stock.transfer(id(2).node(), 1).unwrap();
        assert_eq!(stock.decrement(5), Ok(()));
        assert_eq!(stock.available(), 0);
        stock.increment(3);
        assert_eq!(stock.available(), 3);
    })
    .unwrap();
    assert_eq!(shop.state().value(), 4);
}

#[test]
fn a_copy_that_spends_the_same_rights_is_told_and_a_new_node_has_none() {
    let (mut original, mut disk, peer) = shop();
    let copy = Stock::open(disk.clone(), Config::default()).unwrap();
    original.edit(|stock| stock.decrement(10)).unwrap().unwrap();
    let mut nodes = [original, peer];
    connect(&mut nodes);
    talk(&mut nodes);
    let [_, peer] = nodes;
    let mut nodes = [copy, peer];
    connect(&mut nodes);
    let ten = ForkedId::Unknown(Dot::new(id(1), 10).unwrap());
    assert_eq!(talk_until_refused(&mut nodes), Some(HandleError::Forked(ten)));

    disk.renew(id(3).node()).unwrap();
    let mut renewed = Stock::open(disk, Config::default()).unwrap();
    assert_eq!(renewed.id().node(), id(3).node());
    let refused = renewed.edit(|stock| stock.decrement(1)).unwrap();
    assert_eq!(refused, Err(SpendError::Insufficient { available: 0 }));
}

#[test]
fn honest_restarts_are_never_accused() {
    let (original, _, peer) = backup();
    let mut nodes = [original, peer];
    for round in 0..10 {
        nodes = nodes.map(|node| Tags::open(node.into_storage(), Config::default()).unwrap());
        nodes[round % 2].edit(|tags| tags.insert(round.to_string())).unwrap();
        connect(&mut nodes);
        talk(&mut nodes); // unwraps every answer
        assert_eq!(nodes[0].state(), nodes[1].state());
    }
    assert_eq!(nodes[0].state().len(), 12);
    // One for each run that wrote, and none for those that did not.
    assert_eq!(nodes[0].state().context().replicas().count(), 1 + 10);
}
