//! Messages, mutated and sealed again as an attacker would: no panic, and
//! whoever takes one in works on.

use std::fs;
use std::path::PathBuf;

use fastrand::Rng;
use rejoin_quorum::{Reply, Request};

use crate::members::{Set, acceptor, at, coordinator, delta, id, settle};

/// The version and the checksum before the body.
pub(crate) const HEADER: usize = 5;

pub(crate) fn mutate(rng: &mut Rng, message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(HEADER..message.len());
        match rng.u8(..6) {
            0 => message[at] ^= 1 << rng.u8(..8),
            1 => message[at] = message[at].wrapping_add(1),
            2 => message[at] = [0, 1, 0x7f, 0x80, 0xff][rng.usize(..5)],
            3 => message.insert(at, rng.u8(..4)),
            4 if message.len() > HEADER + 1 => drop(message.remove(at)),
            _ => message.extend_from_within(at..),
        }
    }
    let checksum = crc32fast::hash(&message[HEADER..]).to_le_bytes();
    message[1..HEADER].copy_from_slice(&checksum);
    message
}

pub(crate) fn cases() -> u64 {
    std::env::var("REJOIN_CASES").map_or(20_000, |cases| cases.parse().expect("a number"))
}

fn requests() -> Vec<Vec<u8>> {
    let mut coordinator = coordinator();
    let requests: Vec<Vec<u8>> = core::iter::from_fn(|| coordinator.poll_transmit())
        .map(|outgoing| outgoing.message.encode().unwrap())
        .collect();
    assert!(requests.len() >= 3);
    requests
}

fn replies() -> Vec<Vec<u8>> {
    let mut honest = coordinator();
    let mut replies = Vec::new();
    while let Some(outgoing) = honest.poll_transmit() {
        let mut acceptor = acceptor();
        acceptor.handle(at(1), id(1), outgoing.message);
        settle(&mut acceptor);
        while let Some(reply) = acceptor.poll_transmit() {
            replies.push(reply.message.encode().unwrap());
        }
    }
    assert!(replies.len() >= 3);
    replies
}

/// What the fuzzer starts from goes into a folder in `REJOIN_CORPUS`, if that is set.
#[test]
fn corpus() {
    let messages = requests().into_iter().map(|bytes| (0, bytes));
    let messages = messages.chain(replies().into_iter().map(|bytes| (1, bytes)));
    let Some(folder) = std::env::var_os("REJOIN_CORPUS").map(PathBuf::from) else { return };
    let folder = folder.join("consistency");
    fs::create_dir_all(&folder).expect("it can be made");
    for (number, (which, bytes)) in messages.enumerate() {
        let input = [&[which], &bytes[HEADER..]].concat();
        fs::write(folder.join(number.to_string()), input).expect("it is writable");
    }
}

#[test]
fn acceptors_take_any_request_that_can_be_read() {
    let requests = requests();
    let mut taken = 0;
    for seed in 0..cases() {
        let mut rng = Rng::with_seed(seed);
        let original = &requests[rng.usize(..requests.len())];
        let bytes = mutate(&mut rng, original);
        let Ok(request) = Request::<Set>::decode(&bytes) else { continue };
        assert_eq!(request.encode().as_ref(), Ok(&bytes), "seed {seed}: there is one encoding");
        taken += 1;
        let mut acceptor = acceptor();
        let seen = acceptor.state().context().clone();
        acceptor.handle(at(1), id(1), request);
        settle(&mut acceptor);
        acceptor.handle_timeout(at(1_000));
        while acceptor.poll_transmit().is_some() {}
        // The element may have been removed, if the request says that it saw it.
        let context = acceptor.state().context();
        assert!(context.is_superset(&seen), "seed {seed}: a write has been forgotten");
        acceptor.merge(delta(u128::MAX / 3, 5)); // of a writer whom no mutant knows
        settle(&mut acceptor);
        assert!(acceptor.state().contains(&5), "seed {seed}");
    }
    assert!(taken > cases() / 100, "the canary: {taken} mutants could be read");
}

#[test]
fn coordinators_take_any_reply_that_can_be_read() {
    let replies = replies();
    let mut taken = 0;
    for seed in 0..cases() {
        let mut rng = Rng::with_seed(seed);
        let original = &replies[rng.usize(..replies.len())];
        let bytes = mutate(&mut rng, original);
        let Ok(reply) = Reply::<Set>::decode(&bytes) else { continue };
        assert_eq!(reply.encode().as_ref(), Ok(&bytes), "seed {seed}: there is one encoding");
        taken += 1;
        let mut coordinator = coordinator();
        while coordinator.poll_transmit().is_some() {}
        coordinator.handle(at(2), id(2), reply);
        while coordinator.poll_transmit().is_some() {}
        // Whatever it was told, each operation ends, one way or the other.
        coordinator.handle_timeout(at(501));
        let done = core::iter::from_fn(|| coordinator.poll_done()).count();
        assert_eq!(done, 3, "seed {seed}");
        assert!(coordinator.is_idle(), "seed {seed}");
    }
    assert!(taken > cases() / 100, "the canary: {taken} mutants could be read");
}

#[test]
fn a_request_with_unsorted_voters_was_read_as_one_with_sorted_voters() {
    // Found by the fuzzer: the second of three voters is greater than the third.
    let bytes = [
        1, 16, 164, 186, 246, 129, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 125, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0,
        0, 0, 255, 244, 153, 211, 248, 167, 179, 115, 108, 4, 1, 3, 0, 1, 2, 0, 1, 1, 9, 1, 0, 1,
        1, 1, 0, 1,
    ];
    assert!(Request::<Set>::decode(&bytes).is_err());
}
