//! Responders that lie, which cannot be made from outside.

use std::collections::BTreeSet;

use super::*;
use crate::mix::Mixer;
use crate::tug_of_war::TugOfWar;
use crate::{IdSet, Responder};

/// Two sets with some ids that others hide under the first salt.
fn sets(random: &mut Mixer, hidden: usize) -> (IdSet, IdSet) {
    let shared: Vec<u64> = (0..2_000).map(|_| random.any()).collect();
    let mut here: IdSet = shared.iter().copied().collect();
    let mut there: IdSet = shared.iter().copied().collect();
    here.extend((0..random.any() % 40 + 2).map(|_| random.any()));
    there.extend((0..random.any() % 40 + 2).map(|_| random.any()));
    here.extend(shared[..hidden].iter().map(|id| id ^ 1));
    (here, there)
}

/// What is wrong with sessions in which `change` makes something else of each answer, if anything.
fn fault(
    hidden: usize,
    mut change: impl FnMut(&Initiator, &IdSet, Body) -> Body,
) -> Option<String> {
    let mut random = Mixer::new(20);
    let mut verified = 0;
    for case in 0..100 {
        let (here, there) = sets(&mut random, hidden);
        let mut initiator = Initiator::new(Config::default(), 3, &here);
        let mut responder = Responder::new(Config::default());
        for _ in 0..200 {
            let Some(message) = initiator.message() else { break };
            let answer = responder.handle(&there, message).expect("a message");
            let (header, body) = Body::decode(&answer).expect("an answer");
            let answer = change(&initiator, &here, body).encode(header);
            let _ = initiator.handle(&here, &answer);
        }
        let Some(outcome) = initiator.outcome() else { return Some(format!("{case}: no end")) };
        let sent = BTreeSet::from_iter(outcome.send.iter().copied());
        let lacking = here.iter().filter(|id| !there.contains(**id)).all(|id| sent.contains(id));
        let found: BTreeSet<u64> = responder.found().collect();
        let lacks = there.iter().filter(|id| !here.contains(**id)).all(|id| found.contains(id));
        if outcome.verified {
            verified += 1;
            if !(lacking && lacks) {
                return Some(format!("{case}: not all was found"));
            }
        }
    }
    (verified < 95).then(|| format!("{verified} of 100 verified"))
}

#[test]
fn honest_answers_lead_to_the_end() {
    assert_eq!(fault(0, |_, _, body| body), None);
    assert_eq!(fault(3, |_, _, body| body), None);
}

/// The planted fault: a fingerprint of the rest that fits whatever was found.
#[test]
fn a_check_that_is_left_out_is_noticed() {
    let skip_check = |initiator: &Initiator, here: &IdSet, body: Body| match body {
        Body::Found { width, wanted, failed, level, .. } => {
            let mut after = initiator.clone();
            after.resolve(here, &wanted, width, level);
            Body::Found { rest: after.side.rest(here), width, wanted, failed, level }
        }
        other => other,
    };
    assert!(fault(3, skip_check).is_some_and(|fault| fault.contains("not all was found")));
}

/// Estimates that are far off cost bytes and rounds, and nothing else.
#[test]
fn any_estimate_will_do() {
    let tug = |ids: u64| {
        let (mut tug, mut random) = (TugOfWar::new(), Mixer::new(21));
        (0..ids).for_each(|_| tug.pull(random.any(), 1));
        tug
    };
    for claimed in [0, 100, 100_000] {
        let tug = tug(claimed);
        let lie = |_: &Initiator, _: &IdSet, body: Body| match body {
            Body::Estimate { fingerprint, len, .. } => {
                Body::Estimate { fingerprint, len, tug: Box::new(tug.clone()) }
            }
            other => other,
        };
        assert_eq!(fault(0, lie), None, "{claimed}");
    }
    // The sums as they are here: nothing seems to differ.
    let none = |_: &Initiator, here: &IdSet, body: Body| match body {
        Body::Estimate { fingerprint, len, .. } => {
            Body::Estimate { fingerprint, len, tug: Box::new(here.summary().tug().clone()) }
        }
        other => other,
    };
    assert_eq!(fault(2, none), None);
}

/// A number of ids that is not true is bounded by the own set.
#[test]
fn claims_of_many_ids_are_bounded() {
    for claimed in [0, 1, 1 << 20, u64::MAX] {
        let lie = |_: &Initiator, _: &IdSet, body: Body| match body {
            Body::Estimate { fingerprint, tug, .. } => {
                Body::Estimate { fingerprint, len: claimed, tug }
            }
            other => other,
        };
        // It ends, and what is verified is right.
        assert!(fault(0, lie).is_none_or(|fault| fault.contains("verified")), "{claimed}");
    }
}

/// A responder that always refuses.
#[test]
fn refusals_end_a_session() {
    let refuse = |_: &Initiator, _: &IdSet, _: Body| Body::Restart { session: 9 };
    assert_eq!(fault(0, refuse), Some("0 of 100 verified".into()));
}
