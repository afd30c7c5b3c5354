use rejoin_core::ReplicaId;
use rejoin_session::{CausalToken, GroupClock, InvalidToken};

use crate::letters::{LETTERS, letters};

/// The version and the checksum before the body.
const HEADER: usize = 5;

fn mutate(rng: &mut fastrand::Rng, message: &[u8]) -> Vec<u8> {
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

fn cases() -> u64 {
    std::env::var("REJOIN_CASES").map_or(20_000, |cases| cases.parse().expect("a number"))
}

fn token(of: &[(u128, u64)]) -> CausalToken {
    let groups = of.iter().map(|(id, number)| (ReplicaId::from_u128(*id), *number));
    CausalToken::from(groups.collect::<GroupClock>())
}

#[test]
fn text_is_safe_in_urls_and_comes_back() {
    for replicas in 0..40 {
        let entries = (1..=replicas).map(|n| (ReplicaId::from_u128(u128::MAX / n), n as u64 * 99));
        let token = CausalToken::from(GroupClock::from_iter(entries));
        let text = token.to_string();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(text.parse(), Ok(token.clone()));
        let json = serde_json::to_string(&token).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<CausalToken>(&json).unwrap(), token);
    }
}

#[test]
fn no_other_text_is_a_token() {
    let text = token(&[(1, 1), (2, 300)]).to_string();
    for at in 0..text.len() {
        for letter in ["A", "z", "-", "=", " ", "é"] {
            let other = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
            assert!(other == text || other.parse::<CausalToken>() == Err(InvalidToken), "{other}");
        }
        assert!(text[..at].parse::<CausalToken>().is_err());
    }
    assert_eq!(format!("{text}A").parse::<CausalToken>(), Err(InvalidToken));
    assert_eq!("A".repeat(100_000).parse::<CausalToken>(), Err(InvalidToken));
}

fn bytes(text: &str) -> Vec<u8> {
    let place = |letter| LETTERS.iter().position(|other| *other == letter).unwrap();
    let bits =
        text.bytes().flat_map(|letter| (0..6).rev().map(move |bit| place(letter) >> bit & 1));
    let bits: Vec<usize> = bits.collect();
    bits.chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | *bit as u8))
        .collect()
}

#[test]
fn sealed_mutants_are_refused_or_tokens_with_one_text() {
    let of = |n: u64| (1..=n).map(|id| (u128::from(id), id * 99)).collect::<Vec<_>>();
    let originals = [0, 1, 2, 20].map(|n| bytes(&token(&of(n)).to_string()));
    assert_eq!(letters(&originals[3]), token(&of(20)).to_string());
    let mut taken = 0;
    for seed in 0..cases() {
        let mut rng = fastrand::Rng::with_seed(seed);
        let original = &originals[rng.usize(..originals.len())];
        let text = letters(&mutate(&mut rng, original));
        let Ok(token) = text.parse::<CausalToken>() else { continue };
        taken += 1;
        assert_eq!(token.to_string(), text, "seed {seed}");
        let mut met = token.clone();
        met.settle(token.as_clock());
        assert!(met.is_empty() && token.is_met_by(token.as_clock()), "seed {seed}");
    }
    assert!(taken > 0, "the canary: some mutants are tokens");
    println!("{taken} tokens");
}

/// A thousand replicas, of which five write at a time: the token stays as small as that.
#[test]
fn replicas_that_have_gone_leave_nothing_behind() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut token = CausalToken::new();
    let mut everywhere = GroupClock::new();
    for first in 0..1000_u128 {
        for _ in 0..10 {
            let writer = ReplicaId::from_u128(1 + first + rng.u128(..5));
            let mut clock = everywhere.clone();
            clock.join(token.as_clock());
            token.insert(writer, clock.get(writer) + 1);
        }
        if first % 10 == 9 {
            everywhere.join(token.as_clock()); // all have caught up
        }
        token.settle(&everywhere);
        assert!(token.len() <= 15, "{} replicas", token.len());
    }
    assert!(token.to_string().len() < 600);
    assert!(everywhere.len() > 900);
}
