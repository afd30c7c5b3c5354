//! Every kind of message.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use rejoin_core::{Edit, ReplicaId};
use rejoin_store::{Config, Kind, Replica, Time};

use crate::{Doc, HERE, THERE, alone, mutate, peak, setting};

fn replica(id: ReplicaId, peer: ReplicaId, keys: &[&str], config: &Config) -> Replica<Doc> {
    let mut state = Doc::default();
    state.edit(id, |map| keys.iter().for_each(|key| map.entry(*key).set(7_u64)));
    let mut replica = Replica::with_state(id, state, config.clone());
    replica.connected(Time::ZERO, peer);
    replica
}

fn settle(replica: &mut Replica<Doc>) {
    while let Some(group) = replica.pending().expect("it can be encoded") {
        replica.persisted(group.number);
    }
}

/// Some messages of each kind, as they really occur.
pub(crate) fn messages() -> Vec<Vec<u8>> {
    let config = Config::default().with_max_message(2_000); // 500 is long
    let mut here = replica(HERE, THERE, &["key:1", "key:2", "a"], &config);
    let mut there = replica(THERE, HERE, &["key:2", "key:30"], &config);
    let mut messages = BTreeMap::<Kind, Vec<Vec<u8>>>::new();
    for round in 0..8 {
        let at = Time::new(Duration::from_secs(round));
        here.handle_timeout(at);
        there.handle_timeout(at);
        match round {
            2 => drop(here.stage(|map| map.remove("key:2")).expect("it can be encoded")),
            3 => there
                .stage(|map| (0..200).for_each(|n| map.entry(format!("{n}")).set(n)))
                .expect("it can be encoded"),
            4 => here
                .stage(|map| map.entry("x".repeat(2_000)).set(1_u64))
                .expect("it can be encoded"),
            _ => {}
        }
        for turn in [0, 1, 0, 1, 0, 1] {
            let (from, to) =
                if turn == 0 { (&mut here, &mut there) } else { (&mut there, &mut here) };
            settle(from);
            while let Some(transmit) = from.poll_transmit(at) {
                let handled = to.handle(at, from.id(), &transmit.payload);
                let kind = handled.expect("an honest message").kind;
                settle(to);
                let of_kind = messages.entry(kind).or_default();
                if of_kind.len() < 8 {
                    of_kind.push(transmit.payload);
                }
            }
        }
    }
    assert_eq!(messages.keys().copied().collect::<Vec<_>>(), Kind::ALL);
    messages.into_values().flatten().collect()
}

#[test]
fn sealed_mutants_take_little_memory_and_change_nothing_when_refused() {
    let _alone = alone();
    let originals = messages();
    let first = setting("REJOIN_SEED", 0);
    let (mut accepted, mut worst) = (0, 0);
    let victim = replica(HERE, THERE, &["key:1"], &Config::default());
    for seed in first..first + setting("REJOIN_CASES", 20_000) {
        let mut rng = Rng::with_seed(seed);
        let mut message = originals[rng.usize(..originals.len())].clone();
        mutate(&mut rng, &mut message);
        let mut victim = Replica::with_state(HERE, victim.state().clone(), Config::default());
        victim.connected(Time::ZERO, THERE);
        let before = victim.state().clone();
        let now = Time::new(Duration::from_secs(1));
        let (result, peak) = peak(|| victim.handle(now, THERE, &message));
        // Beside the message: its value once more, what it adds to ours, and the answer.
        assert!(peak <= (16 << 10) + 500 * message.len(), "seed {seed}: {peak} bytes");
        worst = worst.max(peak / message.len());
        match result {
            Err(_) => assert_eq!(victim.state(), &before, "seed {seed}"),
            Ok(_) => {
                accepted += 1;
                victim.stage(|map| map.entry("after").set(1_u64)).expect("it can be encoded");
                assert!(victim.state().contains_key("after"), "seed {seed}");
                settle(&mut victim);
                while victim.poll_transmit(now).is_some() {}
            }
        }
    }
    assert!(accepted > 0, "the canary: some mutants are well-formed");
    println!("{accepted} accepted; at most {worst} bytes for a byte");
}
