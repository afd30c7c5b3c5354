//! Who waits until a replica has seen enough.

use core::time::Duration;
use std::collections::BTreeMap;

use rejoin_core::ReplicaId;
use rejoin_session::{CausalToken, GroupClock, NotSeen, Time, Waits};

fn at(second: u64) -> Time {
    Time::new(Duration::from_secs(second))
}

#[test]
fn a_wait_ends_when_all_is_seen() {
    let [a, b] = [1, 2].map(ReplicaId::from_u128);
    let clock = |entries: &[(ReplicaId, u64)]| GroupClock::from_iter(entries.iter().copied());
    let mut waits = Waits::default();
    let soon = Time::new(Duration::from_secs(1));
    let both = waits.wait_for(&clock(&[]), clock(&[(a, 2), (b, 3)]).into(), soon);
    let one = waits.wait_for(&clock(&[]), clock(&[(a, 1)]).into(), soon);
    let none = waits.wait_for(&clock(&[]), CausalToken::new(), soon);
    assert_eq!(waits.poll_done(), Some((none, Ok(()))));
    assert_eq!(waits.poll_done(), None);
    assert_eq!(waits.len(), 2);

    waits.seen(&clock(&[(a, 2)]));
    assert_eq!(waits.poll_done(), Some((one, Ok(()))));
    assert_eq!(waits.poll_done(), None);
    waits.seen(&clock(&[(a, 2), (b, 3)]));
    assert_eq!(waits.poll_done(), Some((both, Ok(()))));
    assert!(waits.is_empty());
    assert_eq!(waits.poll_timeout(), None);
}

#[test]
fn a_wait_that_ends_too_late_says_what_is_missing() {
    let [a, b] = [1, 2].map(ReplicaId::from_u128);
    let token = |entries: &[(ReplicaId, u64)]| {
        CausalToken::from(GroupClock::from_iter(entries.iter().copied()))
    };
    let mut waits = Waits::default();
    let wait = waits.wait_for(&GroupClock::new(), token(&[(a, 2), (b, 3)]), at(5));
    let late = waits.wait_for(&GroupClock::new(), token(&[(a, 2)]), at(7));
    assert_eq!(waits.poll_timeout(), Some(at(5)));
    waits.seen(&GroupClock::from_iter([(a, 2), (b, 1)]));
    assert_eq!(waits.poll_done(), Some((late, Ok(()))));
    waits.handle_timeout(at(4));
    assert_eq!(waits.poll_done(), None);
    waits.handle_timeout(at(5));
    let Some((done, Err(error))) = waits.poll_done() else { panic!("no error") };
    assert_eq!(done, wait);
    let text = "not seen in time: writes 2..=3 of 00000000-0000-0000-0000-000000000002";
    assert_eq!(error.to_string(), text);
    assert_eq!(error, NotSeen { missing: error.missing.clone() });
    assert!(waits.is_empty() && waits.poll_timeout().is_none());
}

/// A waiter is done exactly when all is seen, however many wait, in whatever order it comes.
#[test]
fn waits_agree_with_looking_at_everything() {
    for seed in 0..200 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let ids: Vec<ReplicaId> = (1..=4).map(ReplicaId::from_u128).collect();
        let (mut waits, mut seen) = (Waits::default(), GroupClock::new());
        let mut open = BTreeMap::new();
        for second in 0..80 {
            if rng.bool() {
                let wanted = ids.iter().filter_map(|id| {
                    let seq = rng.u64(0..12);
                    (seq > 0).then_some((*id, seq))
                });
                let token = CausalToken::from(GroupClock::from_iter(wanted));
                let deadline = at(second + rng.u64(1..40));
                let id = waits.wait_for(&seen, token.clone(), deadline);
                open.insert(id, (token, deadline));
            } else {
                let id = ids[rng.usize(..4)];
                seen.insert(id, seen.get(id) + 1);
                waits.seen(&seen);
            }
            waits.handle_timeout(at(second));
            while let Some((id, result)) = waits.poll_done() {
                let (token, deadline) = open.remove(&id).unwrap();
                assert_eq!(result.is_ok(), token.is_met_by(&seen));
                assert!(result.is_ok() || deadline <= at(second));
            }
            let left = |(token, deadline): &(CausalToken, Time)| {
                !token.is_met_by(&seen) && *deadline > at(second)
            };
            assert!(open.values().all(left), "seed {seed}");
            assert_eq!(open.len(), waits.len());
        }
    }
}
