//! Bytes that are no message: an error, nothing changed, no panic.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use quickcheck::{QuickCheck, quickcheck};
use rejoin_core::{CausalContext, Edit};
use rejoin_store::{Config, HandleError, Kind, Replica, SealError, Time};
use serde::Serialize;

use crate::support::{Doc, id, now};

/// How many cases are tried: `usual`, or as many as the variable `REJOIN_CASES` says.
fn cases(usual: u64) -> u64 {
    std::env::var("REJOIN_CASES").map_or(usual, |cases| cases.parse().expect("a number"))
}

/// The first message of each kind, as they really occur, and a replica that they could be for.
fn messages() -> (Replica<Doc>, Vec<Vec<u8>>) {
    let replica = |number: u128| {
        let mut state = Doc::default();
        state.edit(id(number), |doc| {
            doc.entry(1).tags().insert(number as u64);
            doc.entry(2).title().set(format!("title {number}"));
        });
        let config = Config::default().with_max_message(2_000); // 500 is long
        let mut replica = Replica::with_state(id(number), state, config);
        replica.connected(now(), id(3 - number));
        replica
    };
    let mut messages = BTreeMap::new();
    let mut replicas = [replica(1), replica(2)];
    for round in 0..6 {
        let at = now() + Duration::from_secs(round);
        replicas.iter_mut().for_each(|replica| replica.handle_timeout(at));
        match round {
            2 => replicas[0].stage(|doc| doc.remove(&1)).expect("it can be encoded"),
            3 => replicas[1]
                .stage(|doc| {
                    doc.entry(3).title().set("long ".repeat(200));
                    true
                })
                .expect("it can be encoded"),
            _ => false,
        };
        for turn in [0, 1, 0, 1, 0, 1] {
            let [one, two] = &mut replicas;
            let (from, to) = if turn == 0 { (one, two) } else { (two, one) };
            settle(from);
            while let Some(transmit) = from.poll_transmit(at) {
                let kind = to.handle(at, from.id(), &transmit.payload).unwrap().kind;
                settle(to);
                messages.entry(kind).or_insert(transmit.payload);
            }
        }
    }
    let kinds: Vec<Kind> = messages.keys().copied().collect();
    assert_eq!(kinds, Kind::ALL);
    let mut victim = Replica::new(id(3), Config::default());
    victim.connected(now(), id(1));
    while victim.poll_transmit(now()).is_some() {}
    (victim, messages.into_values().collect())
}

fn settle(replica: &mut Replica<Doc>) {
    while let Some(group) = replica.pending().expect("it can be encoded") {
        replica.persisted(group.number);
    }
}

/// Hands `bytes` over, and checks that an error changes nothing.
fn refused(victim: &mut Replica<Doc>, bytes: &[u8]) -> bool {
    let (state, timeout) = (victim.state().clone(), victim.poll_timeout());
    let rejected = victim.stats().rejected;
    let refused = victim.handle(Time::new(Duration::from_secs(1)), id(1), bytes).is_err();
    if refused {
        assert_eq!(victim.state(), &state);
        assert_eq!(victim.poll_timeout(), timeout);
        assert_eq!(victim.poll_transmit(now()), None);
        assert!(victim.pending().expect("it can be encoded").is_none());
        assert_eq!(victim.stats().rejected, rejected + 1);
    }
    refused
}

#[test]
fn truncated_and_flipped_messages_are_refused() {
    let (mut victim, messages) = messages();
    for message in &messages {
        for len in 0..message.len() {
            assert!(refused(&mut victim, &message[..len]), "{len} of {message:?}");
        }
        for bit in 0..message.len() * 8 {
            let mut message = message.clone();
            message[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&mut victim, &message), "bit {bit} of {message:?}");
        }
        for more in [&[0][..], &[1, 2, 3], message] {
            assert!(refused(&mut victim, &[message, more].concat()), "{more:?} after {message:?}");
        }
    }
    for message in &messages {
        assert!(!refused(&mut victim, message), "the canary: sound messages are taken");
    }
}

/// The version of the protocol, which is the first byte of a message.
const VERSION: u8 = 2;

#[test]
fn garbage_is_refused() {
    fn is_refused(bytes: Vec<u8>) -> bool {
        let (mut victim, _) = messages();
        let versioned = [&[VERSION], &bytes[..]].concat();
        refused(&mut victim, &bytes) && refused(&mut victim, &versioned)
    }
    QuickCheck::new().tests(cases(2_000)).quickcheck(is_refused as fn(Vec<u8>) -> bool);
}

/// Puts the right checksum on a body, as an attacker would.
fn sealed(body: &[u8]) -> Vec<u8> {
    [&[VERSION][..], &crc32(body).to_le_bytes(), body].concat()
}

/// The checksum of the format, written anew: CRC-32 as in ISO 3309.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn sealed_garbage_never_panics() {
    fn survives(body: Vec<u8>) -> bool {
        let (mut victim, _) = messages();
        refused(&mut victim, &sealed(&body));
        true
    }
    QuickCheck::new().tests(cases(3_000)).quickcheck(survives as fn(Vec<u8>) -> bool);
}

#[test]
fn sealed_mutants_never_panic_and_leave_a_sound_replica() {
    let (_, originals) = messages();
    let mut rng = fastrand::Rng::with_seed(1);
    let mut taken = 0;
    for round in 0..5000 {
        let (mut victim, _) = messages();
        let mut body = originals[round % originals.len()][5..].to_vec();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(0..body.len());
            match rng.u8(0..4) {
                0 => body[at] ^= 1 << rng.u8(0..8),
                1 => body[at] = rng.u8(..),
                2 => body.truncate(at.max(1)),
                _ => body.insert(at, rng.u8(..)),
            }
        }
        if !refused(&mut victim, &sealed(&body)) {
            taken += 1;
            // It was well-formed, so it may have said anything; but the replica still works.
            let state = victim.state().clone();
            let mut copy = Doc::default();
            rejoin_core::Crdt::merge(&mut copy, state);
            copy.edit(id(1 << 64), |doc| doc.entry(9).tags().insert(9_u64));
            assert!(
                victim.pending().expect("it can be encoded").is_none_or(|group| group.number > 0)
            );
        }
    }
    assert!(taken > 0, "the canary: some mutants are well-formed");
}

quickcheck! {
    fn the_checksum_is_crc_32(bytes: Vec<u8>) -> bool {
        crc32(&bytes) == crc32fast::hash(&bytes)
    }
}

/// As `Question` is encoded.
#[derive(Default, Serialize)]
struct Question {
    transfer: u64,
    round: u64,
}

/// As [`Message::Part`] is encoded, without a delta.
#[derive(Serialize)]
enum Claim {
    #[serde(rename = "p")]
    Part {
        question: Question,
        answer: u64,
        delta: Option<()>,
        have: Option<CausalContext>,
        held: Vec<()>,
    },
}

/// The next edit overflowed its number.
#[test]
fn a_claim_to_our_last_number_does_not_keep_us_from_editing() {
    let [mut victim, mut honest] = [2, 3].map(|n| Replica::<Doc>::new(id(n), Config::default()));
    [1, 3].into_iter().for_each(|peer| victim.connected(now(), id(peer)));
    honest.connected(now(), id(2));
    let mut have = CausalContext::new();
    have.insert_run(id(2), 1..=u64::MAX);
    let claim = Claim::Part {
        question: Question::default(),
        answer: 1,
        delta: None,
        have: Some(have),
        held: Vec::new(),
    };
    let message = sealed(&rejoin_codec::to_vec(&(0_u64, claim)).unwrap()); // of the first epoch
    victim.handle(now(), id(1), &message).unwrap();
    victim.stage(|doc| doc.entry(1).tags().insert(7)).expect("it can be encoded");
    for round in 0..10 {
        let at = now() + Duration::from_secs(round);
        [&mut victim, &mut honest].into_iter().for_each(|replica| replica.handle_timeout(at));
        for _ in 0..4 {
            settle(&mut victim);
            settle(&mut honest);
            while let Some(transmit) = victim.poll_transmit(at) {
                if transmit.to == id(3) {
                    honest.handle(at, id(2), &transmit.payload).unwrap();
                }
            }
            settle(&mut honest);
            while let Some(transmit) = honest.poll_transmit(at) {
                victim.handle(at, id(3), &transmit.payload).unwrap();
            }
        }
    }
    assert!(honest.state().get(&1).is_some_and(|entry| entry.tags.contains(&7)));
}

#[test]
fn each_refusal_says_why() {
    let (mut victim, messages) = messages();
    let mut check = |from: u128, bytes: &[u8], error: HandleError, text: &str| {
        let found = victim.handle(now(), id(from), bytes).unwrap_err();
        assert_eq!(found, error);
        assert_eq!(found.to_string(), text);
        assert_eq!(found.source().is_some(), matches!(error, HandleError::Decode(_)));
    };
    check(3, &messages[0], HandleError::OwnId, "two replicas share one id");
    check(
        9,
        &messages[0],
        HandleError::NotConnected(id(9)),
        "replica 00000000-0000-0000-0000-000000000009 is not connected",
    );
    let bytes = vec![1; (1 << 20) + 1];
    let error = HandleError::TooLarge { bytes: bytes.len(), limit: 1 << 20 };
    check(1, &bytes, error, "message of 1048577 bytes where 1048576 are allowed");
    let mut newer = messages[0].clone();
    newer[0] = VERSION + 1;
    let error = HandleError::Decode(SealError::Version { found: 3, expected: 2 });
    check(1, &newer, error, "message cannot be read");
    check(1, &[], HandleError::Decode(SealError::Truncated), "message cannot be read");
}
