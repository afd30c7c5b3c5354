//! Long messages over connections that lose, repeat and reorder their pieces.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use rejoin_fragments::{Assembler, Fragment, Fragmenter, Receipt, Transfers};
use rejoin_gossip::Time;

const RETRY: Duration = Duration::from_millis(400);
const PIECE: usize = 1_000;
const LIMIT: usize = 1 << 20;

fn message(rng: &mut fastrand::Rng) -> Vec<u8> {
    let length = rng.usize(1..30_000);
    std::iter::repeat_with(|| rng.u8(..)).take(length).collect()
}

/// Runs until nothing waits, and returns what has come, in order.
fn run(rng: &mut fastrand::Rng, sender: &mut Fragmenter<u8>, loss: f64) -> Vec<Vec<u8>> {
    let (mut receiver, mut whole) = (Assembler::default(), Vec::new());
    let (mut there, mut back): (Vec<Fragment>, Vec<Receipt>) = (Vec::new(), Vec::new());
    let mut now = Time::ZERO;
    while !sender.is_empty() {
        while let Some((_, fragment)) = sender.next(now, PIECE, RETRY) {
            let copies = if rng.f64() < loss { 0 } else { 1 + usize::from(rng.u8(..) < 20) };
            there.extend(std::iter::repeat_n(fragment, copies));
        }
        rng.shuffle(&mut there[..]);
        for fragment in there.drain(..) {
            let (complete, receipt) = receiver.insert(&fragment, LIMIT);
            whole.extend(complete);
            if rng.f64() >= loss {
                back.push(receipt);
            }
        }
        for receipt in back.drain(..) {
            sender.receipt(now, &receipt, RETRY);
        }
        now = sender.retry_at().unwrap_or(now).max(now + Duration::from_millis(1));
    }
    assert_eq!(receiver.bytes(), 0, "nothing is left of what is complete");
    whole
}

/// The first fragment of a message of this length.
fn beginning(name: u64, length: usize, bytes: usize) -> Fragment {
    Fragment { name, length: length as u64, start: 0, bytes: vec![1; bytes] }
}

#[test]
fn a_message_may_be_as_long_as_the_limit() {
    let mut sender = Fragmenter::<u8>::default();
    let message = vec![5; LIMIT];
    sender.push(0, message.clone());
    assert_eq!(run(&mut fastrand::Rng::with_seed(2), &mut sender, 0.0), [message]);
    let mut receiver = Assembler::default();
    receiver.insert(&beginning(1, LIMIT, LIMIT - 1), LIMIT);
    assert_eq!(receiver.bytes(), LIMIT - 1);
    receiver.insert(&beginning(2, 2 * LIMIT, LIMIT + 1), LIMIT);
    assert_eq!(receiver.bytes(), 0, "a longer one is dropped, and what is older before it");
}

#[test]
fn many_short_beginnings_are_bounded_too() {
    let mut receiver = Assembler::default();
    for name in 0..10_000 {
        receiver.insert(&beginning(name, 2, 1), 10_000);
    }
    assert!((1..=200).contains(&receiver.bytes()), "{} have begun", receiver.bytes());
}

#[test]
fn newer_messages_take_the_place_of_those_that_wait() {
    let mut sender = Fragmenter::default();
    let other = vec![7; 5_000];
    sender.push(1, other.clone());
    for number in 0..200_u8 {
        sender.replace(0, vec![number; 100_000]);
        let _ = sender.next(Time::ZERO, PIECE, RETRY); // and no receipt comes
        assert!(sender.bytes() <= 205_000, "{number}: {}", sender.bytes());
    }
    let come = run(&mut fastrand::Rng::with_seed(1), &mut sender, 0.1);
    assert!(come.contains(&other) && come.contains(&vec![199; 100_000]));
    assert_eq!(come.len(), 3, "the first of its kind had begun");
}

#[test]
fn all_messages_come_once_whatever_is_lost_on_the_way() {
    for seed in 0..100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut messages: Vec<Vec<u8>> = (0..rng.usize(1..5)).map(|_| message(&mut rng)).collect();
        let mut sender = Fragmenter::default();
        messages.iter().for_each(|message| sender.push(0, message.clone()));
        sender.push(0, messages[0].clone()); // which is waiting already
        let loss = [0.0, 0.1, 0.5][rng.usize(..3)];
        let mut come = run(&mut rng, &mut sender, loss);
        messages.sort_unstable();
        come.sort_unstable();
        assert_eq!(come, messages, "seed {seed}");
    }
}

#[test]
fn a_message_goes_on_where_a_lost_connection_has_left_it() {
    let mut rng = fastrand::Rng::with_seed(1);
    let long: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(100 * PIECE).collect();
    let mut receiver = Assembler::default();
    let mut sender = Fragmenter::default();
    sender.push(0, long.clone());
    for _ in 0..50 {
        let (_, fragment) = sender.next(Time::ZERO, PIECE, RETRY).unwrap();
        let (_, receipt) = receiver.insert(&fragment, LIMIT);
        sender.receipt(Time::ZERO, &receipt, RETRY);
    }
    // The connection is lost, and with it the sender's side.
    let mut sender = Fragmenter::default();
    sender.push(0, long.clone());
    let (mut sent, mut whole) = (0, None);
    while let Some((_, fragment)) = sender.next(Time::ZERO, PIECE, RETRY) {
        let (complete, receipt) = receiver.insert(&fragment, LIMIT);
        sender.receipt(Time::ZERO, &receipt, RETRY);
        (sent, whole) = (sent + 1, whole.or(complete));
    }
    assert_eq!(whole, Some(long));
    assert_eq!(sent, 1 + 50, "the first receipt says how much is there");
}

#[test]
fn what_does_not_go_on_is_dropped_for_what_does() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut receiver = Assembler::default();
    for _ in 0..100 {
        let mut sender = Fragmenter::default();
        sender.push(0, message(&mut rng));
        let (_, fragment) = sender.next(Time::ZERO, PIECE, RETRY).unwrap();
        receiver.insert(&fragment, 10 * PIECE);
        assert!(receiver.bytes() <= 10 * PIECE);
    }
    assert!(receiver.bytes() > 8 * PIECE);
}

#[test]
fn a_damaged_message_starts_over() {
    let mut receiver = Assembler::default();
    let mut sender = Fragmenter::default();
    sender.push(0, vec![7; 100]);
    let (_, mut fragment) = sender.next(Time::ZERO, PIECE, RETRY).unwrap();
    fragment.bytes[50] ^= 1;
    let (complete, receipt) = receiver.insert(&fragment, LIMIT);
    assert_eq!((complete, receipt.end), (None, 0));
}

/// They were dropped because all had come otherwise, as an old message said, and the transfer went
/// on under its number.
#[test]
fn a_last_message_that_counts_on_dropped_ones_is_not_taken() {
    let mut transfers = Transfers::default();
    transfers.add("alice", 1, vec![1].into(), 7);
    let question = transfers.ask("alice", 8);
    assert_eq!(transfers.drop_if(|from| *from == "alice"), ["alice"]);
    transfers.add("alice", 2, vec![2].into(), 9);
    assert_eq!(transfers.take(&"alice", question, 2), None);
    let question = transfers.ask("alice", 10);
    assert_eq!(transfers.take(&"alice", question, 3), Some(vec![(2, vec![2].into())]));
}
