//! The protocol: how many messages, what they carry, and when they leave.

use std::time::Duration;

use rejoin_core::{Causal, Crdt, Edit};
use rejoin_counters::GCounter;
use rejoin_registers::Max;
use rejoin_sets::{AwSet, GSet};
use rejoin_store::{Config, Kind, Replicated, Time};

use crate::support::{connect, id, open, talk};

type Tags = Causal<AwSet<String>>;

/// Two replicas that edit apart, meet, and are equal after these messages.
fn check<S: Replicated + Edit + PartialEq>(
    first: impl FnOnce(&mut S::Cursor<'_>),
    second: impl FnOnce(&mut S::Cursor<'_>),
    messages: &[Kind],
) {
    let mut nodes = [open::<S>(1, &Config::default()), open(2, &Config::default())];
    nodes[0].batch(first).unwrap();
    nodes[1].batch(second).unwrap();
    connect(&mut nodes);
    assert_eq!(talk(&mut nodes), messages);
    assert!(nodes[0].state() == nodes[1].state());
    assert_eq!(talk(&mut nodes), [], "at rest");

    nodes[0].replica_mut().handle_timeout(Time::new(Duration::from_secs(60)));
    assert_eq!(talk(&mut nodes), [Kind::Sync, Kind::Reply], "equal: two messages");
}

const THREE: [Kind; 3] = [Kind::Sync, Kind::Reply, Kind::Diff];

#[test]
fn two_that_differ_need_three_messages() {
    check::<Tags>(
        |tags| {
            tags.insert("red");
        },
        |tags| {
            tags.insert("blue");
        },
        &THREE,
    );
    check::<GSet<u32>>(
        |set| {
            set.insert(1_u32);
        },
        |set| {
            set.insert(2_u32);
        },
        &THREE,
    );
    check::<GCounter>(
        |count| {
            count.increment(1);
        },
        |count| {
            count.increment(2);
        },
        &THREE,
    );
}

#[test]
fn the_third_message_is_left_out_when_the_answerer_lacks_nothing() {
    check::<Tags>(
        |tags| {
            tags.insert("red");
        },
        |_| {},
        &THREE,
    );
    check::<Tags>(
        |_| {},
        |tags| {
            tags.insert("red");
        },
        &THREE[..2],
    );
    check::<Max<u32>>(
        |max| {
            max.set(1_u32);
        },
        |max| {
            max.set(2_u32);
        },
        &THREE[..2],
    );
    check::<Max<u32>>(
        |max| {
            max.set(2_u32);
        },
        |max| {
            max.set(1_u32);
        },
        &THREE,
    );
}

#[test]
fn two_that_are_equal_need_two() {
    check::<Tags>(|_| {}, |_| {}, &THREE[..2]);
    check::<Max<u32>>(
        |max| {
            max.set(2_u32);
        },
        |max| {
            max.set(2_u32);
        },
        &THREE[..2],
    );
}

#[test]
fn removals_travel_without_tombstones() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    nodes[0].batch(|tags| ["a", "b", "c"].map(|tag| tags.insert(tag))).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    nodes.iter_mut().for_each(|node| node.replica_mut().disconnected(id(1)));
    nodes.iter_mut().for_each(|node| node.replica_mut().disconnected(id(2)));
    nodes[0].batch(|tags| tags.remove("b")).unwrap();
    nodes[1].batch(|tags| tags.remove("c")).unwrap();
    connect(&mut nodes);
    assert_eq!(talk(&mut nodes), THREE);
    for node in &nodes {
        assert_eq!(node.state().iter().collect::<Vec<_>>(), ["a"]);
    }
}

#[test]
fn an_edit_is_pushed_once_to_each_peer() {
    let mut nodes = [1, 2, 3].map(|number| open::<Tags>(number, &Config::default()));
    connect(&mut nodes);
    talk(&mut nodes);
    nodes[1].batch(|tags| ["red", "blue"].map(|tag| tags.insert(tag))).unwrap();
    assert_eq!(talk(&mut nodes), [Kind::Delta; 2]);
    assert!(nodes.iter().all(|node| node.state().len() == 2));
}

#[test]
fn a_delta_is_as_small_as_the_edit() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    nodes[0]
        .batch(|tags| {
            (0..1000).for_each(|n| {
                tags.insert(n.to_string());
            });
        })
        .unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    let whole = nodes[0].replica().state_bytes().unwrap();
    assert!(whole > 2_000);
    nodes[1].batch(|tags| tags.remove("500")).unwrap();
    nodes[0].batch(|tags| tags.insert("a thousand")).unwrap();
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
    for node in &nodes {
        let sent = node.replica().stats().sent.delta;
        assert_eq!(sent.messages, 1);
        assert!(sent.bytes < 100, "{sent:?}");
    }
}

#[test]
fn what_one_hears_the_next_learns_by_sync() {
    // 1 – 2 – 3 in a line.
    let mut nodes = [1, 2, 3].map(|number| open::<Tags>(number, &Config::default()));
    for [a, b] in [[1, 2], [2, 3]] {
        nodes[a - 1].replica_mut().connected(Time::ZERO, id(b as u128));
        nodes[b - 1].replica_mut().connected(Time::ZERO, id(a as u128));
    }
    talk(&mut nodes);
    nodes[0].batch(|tags| tags.insert("red")).unwrap();
    talk(&mut nodes);
    assert!(nodes[1].state().contains("red") && !nodes[2].state().contains("red"));
    nodes[2].replica_mut().handle_timeout(Time::new(Duration::from_secs(60)));
    talk(&mut nodes);
    assert!(nodes[2].state().contains("red"));
}

#[test]
fn a_hand_made_delta_is_an_edit() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    connect(&mut nodes);
    talk(&mut nodes);
    let delta = Tags::default().edit(id(7), |tags| tags.insert("red"));
    assert!(nodes[0].replica_mut().merge(delta.clone()));
    assert!(!nodes[0].replica_mut().merge(delta));
    nodes[0].commit().unwrap();
    assert_eq!(talk(&mut nodes), [Kind::Delta]);
    assert!(nodes[1].state().contains("red"));
}

#[test]
fn a_group_holds_local_and_received_changes() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    nodes[0].batch(|tags| tags.insert("red")).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    nodes[1].batch(|tags| tags.insert("blue")).unwrap();
    let delta = nodes[1].replica_mut().poll_transmit().unwrap();
    let mut expected = nodes[0].state().clone();
    let replica = nodes[0].replica_mut();
    assert!(replica.handle(Time::ZERO, id(2), &delta.payload).unwrap().changed);
    assert!(!replica.handle(Time::ZERO, id(2), &delta.payload).unwrap().changed);
    assert_eq!((replica.stats().merged, replica.stats().redundant), (1, 1));
    replica.edit(|tags| tags.insert("green"));
    let group = replica.pending().unwrap();
    expected.merge(group.delta);
    assert_eq!(&expected, nodes[0].state());
    assert!(["red", "blue", "green"].iter().all(|tag| expected.contains(*tag)));
}

#[test]
fn the_sizes_of_messages_are_known_beforehand() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    nodes[0].batch(|tags| tags.insert("red")).unwrap();
    let (digest, state) =
        (nodes[0].replica().digest_bytes().unwrap(), nodes[0].replica().state_bytes().unwrap());
    connect(&mut nodes);
    talk(&mut nodes);
    assert_eq!(nodes[0].replica().stats().sent.sync.bytes, digest as u64);
    assert_eq!(nodes[0].replica().stats().sent.diff.bytes, state as u64, "all was new");
    assert_eq!(nodes[0].replica().stats().sent, nodes[1].replica().stats().received);
    assert_eq!(nodes[0].replica().stats().sent.total().messages, 2);
}
