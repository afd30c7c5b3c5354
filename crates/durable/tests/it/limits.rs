//! When messages leave, how long they are, and how many may wait.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoin_core::{Causal, Edit};
use rejoin_durable::{Durable, Memory};
use rejoin_maps::LwwMap;
use rejoin_sets::AwSet;
use rejoin_store::{Config, Kind, RefusedEdit, Replica, Replicated};

use crate::support::{bring, connect, disconnect, id, next, now, open, state_bytes, talk, wait};

type Tags = Causal<AwSet<String>>;
type Names = LwwMap<u64, String, u64>;

#[test]
fn nothing_leaves_before_it_is_durable() {
    let mut here = Replica::<Tags>::new(id(1), Config::default());
    here.stage(|tags| tags.insert("red")).expect("it can be encoded");
    here.connected(now(), id(2));
    assert_eq!(here.poll_transmit(now()), None, "an edit is not durable");

    let first = here.pending().expect("it can be encoded").unwrap();
    assert_eq!(here.poll_transmit(now()), None, "taken is not yet durable");
    here.stage(|tags| tags.insert("blue")).expect("it can be encoded");
    let second = here.pending().expect("it can be encoded").unwrap();
    here.persisted(first.number);
    assert_eq!(here.poll_transmit(now()), None, "the second edit waits for its own group");
    here.persisted(second.number);
    here.persisted(first.number); // late, and no step back
    assert!(here.poll_transmit(now()).is_some() && here.is_durable());
}

#[test]
fn nothing_is_acknowledged_before_it_is_durable() {
    let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
    connect(&mut nodes);
    talk(&mut nodes);
    nodes[0].edit(|tags| tags.insert("red")).unwrap();
    let delta = nodes[0].replica_mut().poll_transmit(now()).unwrap();
    let there = nodes[1].replica_mut();
    assert!(there.handle(now(), id(1), &delta.payload).unwrap().changed);
    there.handle_timeout(now() + Duration::from_secs(1));
    assert_eq!(there.poll_transmit(now() + Duration::from_secs(1)), None);
    nodes[1].commit().unwrap();
    let soon = now() + Duration::from_secs(1);
    assert!(nodes[1].replica_mut().poll_transmit(soon).is_some());
}

#[test]
fn an_edit_that_changes_nothing_makes_no_group_and_holds_nothing_up() {
    let mut here = Replica::<Tags>::new(id(1), Config::default());
    here.connected(now(), id(2));
    here.stage(|tags| tags.remove("absent")).expect("it can be encoded");
    assert!(here.poll_transmit(now()).is_none());
    assert!(here.pending().expect("it can be encoded").is_none());
    assert!(here.poll_transmit(now()).is_some());
}

#[test]
fn a_panic_in_an_edit_leaves_nothing_to_be_sent() {
    let mut here = open::<Tags>(1, &Config::default());
    here.replica_mut().connected(now(), id(2));
    while here.replica_mut().poll_transmit(now()).is_some() {}
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        here.stage(|tags| {
            tags.insert("red");
            panic!("planted");
        })
        .expect("it can be encoded");
    }));
    assert!(panic.is_err());
    assert_eq!(*here.state(), Tags::default());
    assert!(here.replica_mut().pending().expect("it can be encoded").is_none());
    here.edit(|tags| tags.insert("blue")).unwrap();
    let again = Durable::<Tags, Memory>::open(here.into_storage(), Config::default()).unwrap();
    assert_eq!(again.state().iter().collect::<Vec<_>>(), ["blue"]);
}

/// A peer that is connected and takes nothing costs the log, not more, and then catches up.
#[test]
fn a_slow_peer_costs_a_bounded_log_and_catches_up() {
    let config = Config::default().with_max_log(2_000);
    let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
    connect(&mut nodes);
    talk(&mut nodes);
    let mut lost = 0;
    for n in 0..2_000 {
        nodes[0].edit(|tags| tags.insert(n.to_string())).unwrap();
        wait(&mut nodes[..1], Duration::from_millis(10));
        while nodes[0].replica_mut().poll_transmit(now()).is_some() {
            lost += 1;
        }
    }
    assert!(lost < 500, "{lost} messages to somebody who does not answer");
    for _ in 0..40 {
        wait(&mut nodes, Duration::from_millis(500));
        talk(&mut nodes);
    }
    assert_eq!(nodes[0].state(), nodes[1].state());
    assert!(nodes[0].replica().stats().syncs + nodes[1].replica().stats().syncs > 0);
}

/// Lets them talk as `talk` does, and cuts the connection after every `cut` messages. Returns the
/// bytes of all messages.
fn talk_with_cuts<S: Replicated>(nodes: &mut [Durable<S, Memory>; 2], cut: usize) -> usize {
    let (mut bytes, mut count, mut idle) = (0, 0, 0);
    connect(nodes);
    while idle < 40 {
        while let Some((from, transmit)) = next(nodes) {
            assert!(transmit.payload.len() <= 1 << 20, "{} bytes", transmit.payload.len());
            count += 1;
            bytes += transmit.payload.len();
            idle = 0;
            if count % cut == 0 {
                disconnect(nodes);
                connect(nodes);
            } else {
                bring(nodes, from, &transmit);
            }
        }
        wait(nodes, Duration::from_millis(10));
        idle += 1;
    }
    bytes
}

#[test]
fn a_large_difference_goes_in_short_messages_and_goes_on_after_cuts() {
    for cut in [10, 50, usize::MAX] {
        let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
        for part in 0..10 {
            let batch = (0..10_000).map(|n| format!("tag {part} of {n}"));
            nodes[part % 2].edit(|tags| tags.extend(batch)).unwrap();
        }
        let whole = state_bytes(&nodes[0]) + state_bytes(&nodes[1]);
        let bytes = talk_with_cuts(&mut nodes, cut);
        assert_eq!(nodes[0].state().len(), 100_000);
        assert!(nodes[0].state() == nodes[1].state());
        // What is on its way at a cut goes again; what has come does not.
        let cuts = bytes / (64 << 10) / cut + 1;
        assert!(bytes < whole * 5 / 4 + cuts * (2 << 20), "cut at {cut}: {bytes} of {whole} bytes");
    }
}

/// One value of 50 MiB, which cannot be taken apart; or a shorter one, where the variable
/// `REJOIN_CASES` asks for few cases.
#[test]
fn a_value_of_many_mib_goes_through_messages_of_one() {
    let cases = std::env::var("REJOIN_CASES").map_or(1_000, |cases| cases.parse::<u32>().unwrap());
    let mib = if cases < 1_000 { 8 } else { 50 };
    for cut in [usize::MAX, 100] {
        let mut nodes = [open::<Tags>(1, &Config::default()), open(2, &Config::default())];
        nodes[0].edit(|tags| tags.insert("x".repeat(mib << 20))).unwrap();
        nodes[1].edit(|tags| tags.insert("small")).unwrap();
        let bytes = talk_with_cuts(&mut nodes, cut);
        assert!(nodes[0].state().len() == 2 && nodes[0].state() == nodes[1].state());
        let cuts = 34 * mib / cut + 1;
        assert!(bytes < ((mib + 1) << 20) + cuts * (1 << 20), "cut at {cut}: {bytes} bytes");
    }
}

/// It went as a difference, which for such a type is the whole value.
#[test]
fn a_long_edit_costs_its_own_length_whatever_the_value() {
    for cut in [usize::MAX, 10] {
        let mut nodes = [1, 2].map(|number| open::<Names>(number, &Config::default()));
        let names = (0..20_000).map(|key| (key, format!("{key:0100}")));
        nodes[0]
            .edit(|map| names.for_each(|(key, name)| assert!(map.insert(1, key, name))))
            .unwrap();
        talk_with_cuts(&mut nodes, usize::MAX);
        for edit in 0..5 {
            let long = "x".repeat(300 << 10);
            nodes[edit % 2].edit(|map| map.insert(2 + edit as u64, edit as u64, long)).unwrap();
            let bytes = talk_with_cuts(&mut nodes, cut);
            assert!(nodes[0].state() == nodes[1].state());
            // What was on its way at a cut goes again.
            let cuts = if cut == usize::MAX { 0 } else { 2 };
            assert!(bytes < (310 << 10) * (1 + cuts), "{bytes} bytes");
        }
        let syncs = nodes.iter().map(|node| node.replica().stats().syncs).sum::<u64>();
        assert!(syncs <= 2, "only the first edit, which is longer than the log: {syncs}");
    }
}

/// A fragment that came again was answered as if the message had been taken in, so the sender took
/// it for durable there.
#[test]
fn a_long_message_that_is_refused_is_not_acknowledged() {
    let mut writer = Replica::<Names>::new(id(1), Config::default());
    let mut other_type = Replica::<Tags>::new(id(2), Config::default());
    writer.connected(now(), id(2));
    other_type.connected(now(), id(1));
    let long = "x".repeat(100 << 10);
    writer.stage(|map| map.insert(1, 1, long)).expect("it can be encoded");
    while let Some(pending) = writer.pending().expect("it can be encoded") {
        writer.persisted(pending.number);
    }
    let mut refused = 0;
    for round in 0..40 {
        let at = now() + Duration::from_millis(500) * round;
        while let Some(transmit) = writer.poll_transmit(at) {
            refused += u32::from(other_type.handle(at, id(1), &transmit.payload).is_err());
        }
        while let Some(transmit) = other_type.poll_transmit(at) {
            writer.handle(at, id(2), &transmit.payload).expect("it says nothing of its value");
        }
    }
    assert!(refused >= 2, "it is sent again");
    assert!(!writer.is_settled() && other_type.state().is_empty());
}

/// Fragments that were themselves too long went in fragments, without an end.
#[test]
fn with_an_absurd_limit_there_is_an_end_of_messages() {
    for limit in [0, 1, 10, 100] {
        let config = Config::default().with_max_message(limit);
        let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
        connect(&mut nodes);
        nodes[0].edit(|tags| tags.insert("x".repeat(1_000))).unwrap();
        let mut count = 0;
        while let Some((from, transmit)) = next(&mut nodes) {
            let receiver = nodes.iter_mut().find(|node| node.id() == transmit.to).unwrap();
            let _ = receiver.replica_mut().handle(now(), from, &transmit.payload);
            receiver.commit().unwrap();
            count += 1;
            assert!(count < 10_000, "{limit} bytes a message");
        }
    }
}

#[test]
fn a_delta_beyond_the_limit_is_refused() {
    let config = Config::default().with_max_value(10_000);
    let mut nodes = [open::<Tags>(1, &config), open(2, &config)];
    connect(&mut nodes);
    talk(&mut nodes);
    let elsewhere = Tags::default().edit(id(9), |tags| tags.insert("x".repeat(100_000)));
    let error = nodes[0].replica_mut().stage_delta(elsewhere).unwrap_err();
    assert!(matches!(error, RefusedEdit::TooLong { limit: 10_000, .. }), "{error}");
    nodes[0].edit(|tags| tags.insert("small")).unwrap();
    talk(&mut nodes);
    assert_eq!(nodes[0].replica().stats().oversized, 0);
    assert!(nodes[1].state().contains("small"), "all else comes");
}

#[test]
fn timers_are_jittered_and_may_be_off() {
    let timeouts = |interval| {
        let config = Config::default().with_sync_interval(interval);
        let mut replica = Replica::<Tags>::new(id(1), config);
        (2..100).for_each(|peer| replica.connected(now(), id(peer)));
        let mut compared = Vec::new();
        while let Some(at) = replica.poll_timeout().filter(|_| compared.len() < 500) {
            replica.handle_timeout(at);
            let before = replica.stats().sent.of(Kind::Compare).messages;
            while replica.poll_transmit(at).is_some() {}
            let after = replica.stats().sent.of(Kind::Compare).messages;
            compared.extend((before..after).map(|_| at.since_start()));
            if at.since_start() > Duration::from_secs(100) {
                break;
            }
        }
        compared
    };
    let interval = Duration::from_secs(10);
    let regular = timeouts(interval);
    assert!(regular[0] >= interval / 2 && regular[90] <= interval * 3 / 2);
    let moments: BTreeSet<Duration> = regular[..90].iter().copied().collect();
    assert!(moments.len() > 80, "{} moments", moments.len());
    assert_eq!(timeouts(Duration::MAX), []);
}

/// One after the other waited in full, 396 MB of them for a peer that had gone silent.
#[test]
fn long_frames_do_not_pile_up_for_a_silent_peer() {
    let (mut here, config) = (Replica::<Tags>::new(id(1), Config::default()), Config::default());
    let mut longest = 0;
    // Each run of a node is a replica of its own in what others have seen of it.
    for run in 0..9_000 {
        let mut writer = Replica::<Tags>::new(id(2).node().run(run), config.clone());
        writer.stage(|tags| tags.insert(run.to_string())).expect("it can be encoded");
        here.restore(writer.pending().expect("it can be encoded").unwrap().record).unwrap();
    }
    here.connected(now(), id(3));
    for round in 0..300_u32 {
        let at = now() + Duration::from_millis(500) * round;
        here.stage(|tags| tags.insert(format!("edit {round}"))).expect("it can be encoded");
        while let Some(pending) = here.pending().expect("it can be encoded") {
            here.persisted(pending.number);
        }
        here.handle_timeout(at);
        while here.poll_transmit(at).is_some() {}
        longest = longest.max(here.buffered().outgoing);
    }
    let hello = rejoin_codec::encoded_len(&here.seen()).unwrap();
    assert!(hello > 150_000, "the hello is long: {hello}");
    assert!(longest < 4 * hello, "{longest} bytes wait, of hellos of {hello}");
}
