//! The protocol: what goes to and fro, and how little.

use std::time::Duration;

use rejoin_codec::sealed_len;
use rejoin_core::{Causal, Diff, Edit};
use rejoin_counters::GCounter;
use rejoin_durable::{Durable, Memory};
use rejoin_registers::Max;
use rejoin_sets::{AwSet, GSet};
use rejoin_store::{Config, Kind, Replica, Replicated};

use crate::support::{bring, connect, disconnect, id, next, now, open, state_bytes, talk, wait};

type Tags = Causal<AwSet<String>>;

const MINUTE: Duration = Duration::from_secs(60);

fn insert(node: &mut Durable<Tags, Memory>, tag: impl Into<String>) {
    let tag = tag.into();
    node.edit(|tags| tags.insert(tag)).unwrap();
}

fn tags(node: &Durable<Tags, Memory>) -> Vec<&str> {
    node.state().iter().map(String::as_str).collect()
}

/// Two replicas that edit apart, and meet.
fn check<S: Replicated + Edit + PartialEq>(
    first: impl FnOnce(&mut S::Cursor<'_>),
    second: impl FnOnce(&mut S::Cursor<'_>),
) {
    let mut nodes = [open::<S>(1, &Config::default()), open(2, &Config::default())];
    nodes[0].edit(first).unwrap();
    nodes[1].edit(second).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    assert!(nodes[0].state() == nodes[1].state());
    wait(&mut nodes[..1], MINUTE);
    assert_eq!(talk(&mut nodes), [Kind::Compare, Kind::Reply], "equal: two messages");
    assert!(nodes.iter().all(|node| node.replica().stats().syncs <= 1));
}

#[test]
fn two_that_edited_apart_become_equal_and_silent() {
    let tag = |tag: &'static str| {
        move |tags: &mut <Tags as Edit>::Cursor<'_>| {
            tags.insert(tag);
        }
    };
    check::<Tags>(tag("red"), tag("blue"));
    check::<Tags>(tag("red"), |_| {});
    check::<Tags>(|_| {}, tag("red"));
    check::<Tags>(|_| {}, |_| {});
    let member = |member: u32| {
        move |set: &mut <GSet<u32> as Edit>::Cursor<'_>| {
            set.insert(member);
        }
    };
    check::<GSet<u32>>(member(1), member(2));
    let count = |by: u64| {
        move |count: &mut <GCounter as Edit>::Cursor<'_>| {
            count.increment(by);
        }
    };
    check::<GCounter>(count(1), count(2));
    let max = |value: u32| {
        move |max: &mut <Max<u32> as Edit>::Cursor<'_>| {
            max.set(value);
        }
    };
    check::<Max<u32>>(max(1), max(2));
    check::<Max<u32>>(max(2), max(2));
}

/// Values of which no deltas are known: a digest, a difference with a digest, a difference.
#[test]
fn two_that_know_no_deltas_need_three_messages() {
    let replica = |number: u128, tag: &'static str| {
        let mut state = Tags::default();
        state.edit(id(number), |tags| tags.insert(tag));
        let mut replica = Replica::with_state(id(number), state, Config::default());
        replica.connected(now(), id(3 - number));
        replica
    };
    let [mut a, mut b] = [replica(1, "red"), replica(2, "blue")];
    let mut kinds = Vec::new();
    for _ in 0..10 {
        for turn in 0..2 {
            let (from, to) = if turn == 0 { (&mut a, &mut b) } else { (&mut b, &mut a) };
            while let Some(transmit) = from.poll_transmit(now()) {
                let kind = to.handle(now(), from.id(), &transmit.payload).unwrap().kind;
                kinds.extend((kind != Kind::Gossip).then_some(kind));
                while let Some(group) = to.pending().expect("it can be encoded") {
                    to.persisted(group.number);
                }
            }
        }
    }
    assert_eq!(kinds, [Kind::Sync, Kind::Reply, Kind::Part]);
    assert_eq!(a.state(), b.state());
}

#[test]
fn equal_stores_of_many_writers_take_one_round_trip_and_few_bytes() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    for writer in 100..116 {
        let delta = Tags::default().edit(id(writer), |tags| tags.insert(writer.to_string()));
        nodes[0].replica_mut().stage_delta(delta).unwrap();
        nodes[0].commit().unwrap();
    }
    connect(&mut nodes);
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
    let sent = |nodes: &[Durable<Tags, Memory>]| -> u64 {
        nodes.iter().map(|node| node.replica().stats().sent.total().bytes).sum()
    };
    let before = sent(&nodes);
    wait(&mut nodes[..1], MINUTE);
    assert_eq!(talk(&mut nodes), [Kind::Compare, Kind::Reply]);
    assert!(sent(&nodes) - before <= 50, "{} bytes", sent(&nodes) - before);
}

#[test]
fn removals_travel_without_tombstones() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    nodes[0].edit(|tags| ["a", "b", "c"].map(|tag| tags.insert(tag))).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    nodes[0].edit(|tags| tags.remove("b")).unwrap();
    nodes[1].edit(|tags| tags.remove("c")).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    for node in &nodes {
        assert_eq!(tags(node), ["a"]);
    }
}

#[test]
fn an_edit_goes_once_to_each_peer() {
    let mut nodes = [1, 2, 3].map(|number| open::<Tags>(number, &Config::default()));
    connect(&mut nodes);
    talk(&mut nodes);
    // At first everybody passes on whatever is new; then the second ways are declined.
    for n in 0..10 {
        insert(&mut nodes[1], n.to_string());
        talk(&mut nodes);
    }
    nodes[1].edit(|tags| ["red", "blue"].map(|tag| tags.insert(tag))).unwrap();
    let mut carried = 0;
    while let Some((from, transmit)) = next(&mut nodes) {
        let before = nodes.iter().map(|node| node.state().len()).sum::<usize>();
        assert_eq!(bring(&mut nodes, from, &transmit), Some(Kind::Gossip));
        let after = nodes.iter().map(|node| node.state().len()).sum::<usize>();
        carried += (after - before) / 2;
    }
    assert_eq!(carried, 2);
    talk(&mut nodes);
    let redundant: u64 = nodes.iter().map(|node| node.replica().stats().redundant).sum();
    assert!(redundant <= 2, "{redundant} deltas came twice");
}

#[test]
fn a_delta_is_as_small_as_the_edit() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    nodes[0]
        .edit(|tags| {
            (0..1000).for_each(|n| {
                tags.insert(n.to_string());
            });
        })
        .unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    assert!(state_bytes(&nodes[0]) > 2_000);
    let before = nodes.each_ref().map(|node| node.replica().stats().sent.total().bytes);
    nodes[1].edit(|tags| tags.remove("500")).unwrap();
    insert(&mut nodes[0], "a thousand");
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
    for (node, before) in nodes.iter().zip(before) {
        let bytes = node.replica().stats().sent.total().bytes - before;
        assert!(bytes < 250, "{bytes} bytes, with acknowledgements");
    }
}

#[test]
fn what_one_hears_the_next_one_hears() {
    // 1 – 2 – 3 – 4 in a line.
    let mut nodes = [1, 2, 3, 4].map(|number| open::<Tags>(number, &Config::default()));
    for [a, b] in [[1, 2], [2, 3], [3, 4]] {
        nodes[a - 1].replica_mut().connected(now(), id(b as u128));
        nodes[b - 1].replica_mut().connected(now(), id(a as u128));
    }
    talk(&mut nodes);
    insert(&mut nodes[0], "red");
    insert(&mut nodes[3], "blue");
    while let Some((from, transmit)) = next(&mut nodes) {
        bring(&mut nodes, from, &transmit);
    }
    for node in &nodes {
        assert_eq!(tags(node), ["blue", "red"]);
    }
}

#[test]
fn a_hand_made_delta_is_an_edit() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    connect(&mut nodes);
    talk(&mut nodes);
    let delta = Tags::default().edit(id(7), |tags| tags.insert("red"));
    assert!(nodes[0].replica_mut().stage_delta(delta.clone()).unwrap());
    assert!(!nodes[0].replica_mut().stage_delta(delta).unwrap());
    nodes[0].commit().unwrap();
    talk(&mut nodes);
    assert_eq!(tags(&nodes[1]), ["red"]);
}

#[test]
fn a_group_holds_local_and_received_changes() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    insert(&mut nodes[0], "red");
    connect(&mut nodes);
    talk(&mut nodes);
    insert(&mut nodes[1], "blue");
    let before = nodes[0].state().clone();
    let (from, transmit) = next(&mut nodes).unwrap();
    assert_eq!((from, transmit.to), (id(2), id(1)));
    let replica = nodes[0].replica_mut();
    assert!(replica.handle(now(), id(2), &transmit.payload).unwrap().changed);
    assert!(!replica.handle(now(), id(2), &transmit.payload).unwrap().changed, "it came twice");
    replica.stage(|tags| tags.insert("green")).expect("it can be encoded");
    let group = replica.pending().expect("it can be encoded").unwrap();
    let mut again = Replica::with_state(id(3), before, Config::default());
    again.restore(group.record).expect("it can be read");
    assert_eq!(again.state(), nodes[0].state());
    assert!(["red", "blue", "green"].iter().all(|tag| again.state().contains(*tag)));
}

/// A replica that comes back from its disk gets what it missed, and nothing else.
#[test]
fn a_restart_goes_on_from_the_log() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    connect(&mut nodes);
    for n in 0..500 {
        insert(&mut nodes[n % 2], n.to_string());
    }
    talk(&mut nodes);
    let [first, second] = nodes;
    let whole = state_bytes(&first) as u64;
    let disk = second.into_storage();
    let mut nodes = [first, Durable::open_as(disk, 1, Config::default()).unwrap()];
    nodes[0].replica_mut().disconnected(id(2));
    insert(&mut nodes[0], "meanwhile");
    connect(&mut nodes);
    let syncs = nodes[0].replica().stats().syncs;
    let before = nodes[0].replica().stats().sent.total().bytes;
    talk(&mut nodes);
    assert_eq!(nodes[0].state(), nodes[1].state());
    let sent = nodes[0].replica().stats().sent.total().bytes - before;
    let back = nodes[1].replica().stats().sent.total().bytes;
    assert!(sent + back < 400 && whole > 1_000, "{sent} + {back} bytes of {whole}");
    assert_eq!(nodes[0].replica().stats().syncs - syncs, 0);
    assert_eq!(nodes[1].replica().stats().syncs, 0);
}

/// Deltas that are kept no more come as a difference.
#[test]
fn who_was_away_for_too_long_gets_a_difference() {
    let config = Config::default().with_max_log(1_000);
    let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    for n in 0..500 {
        insert(&mut nodes[0], n.to_string());
        while next(&mut nodes).is_some() {}
    }
    nodes[1].edit(|tags| tags.insert("mine")).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    assert_eq!(nodes[0].state().len(), 501);
    assert_eq!(nodes[0].state(), nodes[1].state());
    let syncs: u64 = nodes.iter().map(|node| node.replica().stats().syncs).sum();
    assert!((1..=2).contains(&syncs), "{syncs} syncs");
    wait(&mut nodes[..1], MINUTE);
    assert_eq!(talk(&mut nodes), [Kind::Compare, Kind::Reply]);
}

/// However few they are.
#[test]
fn deltas_are_kept_for_a_time() {
    let config = Config::default().with_max_log_age(MINUTE);
    for (away, expected) in [(MINUTE / 2, 0), (MINUTE * 2, 1)] {
        let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
        connect(&mut nodes);
        talk(&mut nodes);
        disconnect(&mut nodes);
        insert(&mut nodes[0], "red");
        wait(&mut nodes, away);
        connect(&mut nodes);
        let before = nodes[0].replica().stats().syncs;
        talk(&mut nodes);
        assert_eq!(tags(&nodes[1]), ["red"]);
        assert_eq!(nodes[0].replica().stats().syncs - before, expected);
    }
}

/// Two neighbours that both got a difference from a third: neither is told what the other has, and
/// neither keeps deltas that the other could acknowledge.
#[test]
fn equal_neighbours_that_know_no_deltas_do_not_ask_for_ever() {
    let config = Config::default().with_max_log(1_000);
    let mut nodes = [1, 2, 3].map(|number| open::<Tags>(number, &config));
    connect(&mut nodes[..2]);
    talk(&mut nodes);
    for n in 0..500 {
        insert(&mut nodes[2], n.to_string());
        while next(&mut nodes).is_some() {}
    }
    for near in 0..2 {
        let (there, here) = (nodes[2].id(), nodes[near].id());
        nodes[near].replica_mut().connected(now(), there);
        nodes[2].replica_mut().connected(now(), here);
    }
    for _ in 0..10 {
        talk(&mut nodes);
    }
    assert!(nodes.iter().all(|node| node.state().len() == 500));
    let syncs = |nodes: &[Durable<Tags, Memory>]| -> u64 {
        nodes.iter().map(|node| node.replica().stats().syncs).sum()
    };
    let before = syncs(&nodes);
    for _ in 0..30 {
        talk(&mut nodes);
    }
    assert_eq!(syncs(&nodes), before, "equal replicas ask each other what they lack");
    assert!(nodes.iter().all(|node| node.replica().is_settled()));
}

#[test]
fn a_delta_that_comes_twice_counts_as_redundant() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    connect(&mut nodes);
    talk(&mut nodes);
    insert(&mut nodes[0], "red");
    let before = nodes[1].replica().stats().redundant;
    let (from, transmit) = next(&mut nodes).unwrap();
    for again in 0..3 {
        bring(&mut nodes, from, &transmit);
        assert_eq!(nodes[1].replica().stats().redundant - before, again);
    }
}

#[test]
fn messages_of_an_exchange_are_little_longer_than_what_they_bring() {
    let mut state = Tags::default();
    state.edit(id(1), |tags| tags.insert("red"));
    let mut here = Replica::with_state(id(1), state, Config::default());
    let (digest, state) =
        (sealed_len(&here.state().digest()).unwrap(), sealed_len(here.state()).unwrap());
    let mut there = Replica::<Tags>::new(id(2), Config::default());
    here.connected(now(), id(2));
    there.connected(now(), id(1));
    for _ in 0..3 {
        while let Some(transmit) = here.poll_transmit(now()) {
            there.handle(now(), id(1), &transmit.payload).unwrap();
            while let Some(group) = there.pending().expect("it can be encoded") {
                there.persisted(group.number);
            }
        }
        while let Some(transmit) = there.poll_transmit(now()) {
            here.handle(now(), id(2), &transmit.payload).unwrap();
        }
    }
    assert_eq!(here.state(), there.state());
    let sent = |kind| here.stats().sent.of(kind).bytes as usize;
    // Beside it: which question it is, and which it answers.
    assert!((digest..digest + 20).contains(&sent(Kind::Sync)), "{digest}");
    assert!((state..state + 20).contains(&sent(Kind::Part)), "{state}: all was new");
    assert_eq!(here.stats().sent, there.stats().received);
}
