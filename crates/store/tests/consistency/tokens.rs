use rejoin_core::{CausalContext, ReplicaId, VersionVector};
use rejoin_store::consistency::{CausalToken, InvalidToken};

use crate::histories::dots;

fn token(of: &[(u128, u64)]) -> CausalToken {
    CausalToken::from(&dots(of))
}

#[test]
fn text_is_safe_in_urls_and_comes_back() {
    for replicas in 0..40 {
        let entries = (1..=replicas).map(|n| (ReplicaId::from_u128(u128::MAX / n), n as u64 * 99));
        let mut entries: Vec<(ReplicaId, u64)> = entries.collect();
        entries.sort_unstable();
        let token = CausalToken::from(VersionVector::from_entries(entries).unwrap());
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

#[test]
fn a_context_with_gaps_asks_for_what_lies_in_them() {
    let token = token(&[(1, 1), (1, 4), (2, 2)]);
    let seen = VersionVector::from_entries([(ReplicaId::from_u128(1), 4)]).unwrap();
    assert!(!token.is_met_by(&seen));
    let missing: Vec<_> = token.missing(&seen).collect();
    assert_eq!(missing, [(ReplicaId::from_u128(2), 0, 2)]);
    assert!(CausalToken::from(&CausalContext::new()).is_empty());
}

/// A thousand replicas, of which five write at a time: the token stays as small as that.
#[test]
fn replicas_that_have_gone_leave_nothing_behind() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut token = CausalToken::new();
    let mut everywhere = VersionVector::new();
    for first in 0..1000_u128 {
        for _ in 0..10 {
            let writer = ReplicaId::from_u128(1 + first + rng.u128(..5));
            let mut clock = everywhere.clone();
            clock.join(token.as_clock());
            token.insert(clock.advance(writer).unwrap());
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
