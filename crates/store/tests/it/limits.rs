//! When messages leave, and how many may wait.

use std::time::Duration;

use rejoin_core::Causal;
use rejoin_sets::AwSet;
use rejoin_store::sim::{Faults, Network};
use rejoin_store::{Config, Durable, Kind, Memory, Replica, Time};

use crate::support::{connect, id, open, talk};

type Tags = Causal<AwSet<String>>;

#[test]
fn nothing_leaves_before_it_is_durable() {
    let mut here = Replica::<Tags>::new(id(1), Config::default());
    here.edit(|tags| tags.insert("red"));
    here.connected(Time::ZERO, id(2));
    assert_eq!(here.poll_transmit(), None, "the digest speaks of an edit that is not durable");

    let first = here.pending().unwrap();
    assert_eq!(here.poll_transmit(), None, "taken is not yet durable");
    here.edit(|tags| tags.insert("blue"));
    let second = here.pending().unwrap();
    here.persisted(first.number);
    let sync = here.poll_transmit().unwrap();
    assert_eq!(here.stats().sent.sync.messages, 1);
    let delta = here.poll_transmit().unwrap();
    assert_eq!(here.stats().sent.delta.messages, 1);
    assert_eq!(here.poll_transmit(), None, "the second edit waits for its own group");
    here.persisted(second.number);
    here.persisted(first.number); // late, and no step back
    assert!(here.poll_transmit().is_some() && here.is_durable());

    // What left after the first group speaks of the first edit only.
    let mut there = Replica::<Tags>::new(id(2), Config::default());
    there.connected(Time::ZERO, id(1));
    there.handle(Time::ZERO, id(1), &sync.payload).unwrap();
    there.handle(Time::ZERO, id(1), &delta.payload).unwrap();
    assert_eq!(there.state().iter().collect::<Vec<_>>(), ["red"]);
}

#[test]
fn an_edit_that_changes_nothing_makes_no_group_and_holds_nothing_up() {
    let mut here = Replica::<Tags>::new(id(1), Config::default());
    here.edit(|tags| tags.remove("absent"));
    here.connected(Time::ZERO, id(2));
    assert!(here.poll_transmit().is_none());
    assert!(here.pending().is_none());
    assert!(here.poll_transmit().is_some());
}

#[test]
fn a_panic_in_an_edit_keeps_what_was_written_and_lets_nothing_out_early() {
    let mut here = open::<Tags>(1, &Config::default());
    here.replica_mut().connected(Time::ZERO, id(2));
    while here.replica_mut().poll_transmit().is_some() {}
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        here.edit(|tags| {
            tags.insert("red");
            panic!("planted");
        });
    }));
    assert!(panic.is_err());
    assert!(here.state().contains("red"));
    here.replica_mut().handle_timeout(Time::new(Duration::from_secs(60)));
    assert!(here.replica_mut().poll_transmit().is_none());
    here.commit().unwrap();
    assert!(here.replica_mut().poll_transmit().is_some());
    let again = Durable::<Tags, Memory>::open(here.into_storage(), Config::default()).unwrap();
    assert!(again.state().contains("red"));
}

#[test]
fn a_slow_peer_costs_a_bounded_queue_and_catches_up_by_sync() {
    let config = Config::default().with_max_queue(1000);
    let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
    connect(&mut nodes);
    talk(&mut nodes);
    for n in 0..200 {
        nodes[0].batch(|tags| tags.insert(n.to_string())).unwrap();
        nodes[0].replica_mut().handle_timeout(Time::new(Duration::from_secs(60 * n)));
    }
    let kinds = talk(&mut nodes);
    let count = |kind| kinds.iter().filter(|other| **other == kind).count();
    assert!(count(Kind::Delta) < 30 && count(Kind::Sync) == 1, "{kinds:?}");
    assert_eq!(nodes[0].replica().stats().dropped as usize, 200 - count(Kind::Delta));
    assert_eq!(nodes[0].state(), nodes[1].state());
}

#[test]
fn a_message_beyond_the_limit_is_reported() {
    let config = Config::default().with_max_message(200);
    let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
    connect(&mut nodes);
    talk(&mut nodes);
    nodes[0].batch(|tags| tags.insert("x".repeat(300))).unwrap();
    assert_eq!(talk(&mut nodes), []);
    assert_eq!(nodes[0].replica().stats().oversized, 1);
    nodes[1].replica_mut().handle_timeout(Time::new(Duration::from_secs(60)));
    assert_eq!(talk(&mut nodes), [Kind::Sync]);
    assert_eq!(nodes[0].replica().stats().oversized, 2);
}

#[test]
fn timers_are_jittered_and_may_be_off() {
    let timeouts = |interval| {
        let config = Config::default().with_sync_interval(interval);
        let mut replica = Replica::<Tags>::new(id(1), config);
        (2..100).for_each(|peer| replica.connected(Time::ZERO, id(peer)));
        let mut timeouts = Vec::new();
        while let Some(at) = replica.poll_timeout().filter(|_| timeouts.len() < 500) {
            replica.handle_timeout(at);
            timeouts.push(at.since_start());
        }
        timeouts
    };
    let interval = Duration::from_secs(10);
    let regular = timeouts(interval);
    assert!(regular[0] >= interval / 2 && regular[90] <= interval * 3 / 2);
    assert!(regular.windows(2).all(|pair| pair[0] < pair[1]) || regular.len() == 500);
    assert_eq!(timeouts(Duration::MAX), []);
}

#[test]
fn an_idle_pair_asks_about_once_an_interval_and_answers_in_nine_bytes() {
    let mut network = Network::<Tags>::new(1, 2, Faults::none());
    network.edit(0, |tags| tags.insert("red"));
    network.run_for(Duration::from_secs(10));
    let before = *network.durable(0).unwrap().replica().stats();
    network.run_for(Duration::from_secs(100));
    let after = *network.durable(0).unwrap().replica().stats();
    // Each asking counts for both: they do not ask 200 times.
    let asked = after.sent.sync.messages - before.sent.sync.messages;
    let answered = after.sent.reply.messages - before.sent.reply.messages;
    assert!((80..150).contains(&(asked + answered)), "{asked} + {answered}");
    assert_eq!(after.sent.reply.bytes - before.sent.reply.bytes, 9 * answered);
}
