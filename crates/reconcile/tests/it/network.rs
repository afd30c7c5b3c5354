//! Messages that are lost, repeated, delayed and reordered, and responders that restart.

use std::collections::BTreeSet;

use rejoin_reconcile::{Config, IdSet, Initiator, Responder};

use crate::support::{Random, Run, cases, is_enough, only, sets};

/// Runs a session in which anything can happen to a message but that it is changed.
fn run(random: &mut Random, here: &IdSet, there: &IdSet, restarts: bool) -> Run {
    let config = Config::default().message_cap(1 << 10).retries(30);
    let mut initiator = Initiator::new(config.clone(), 7, here);
    let mut responder = Responder::new(config.clone());
    let (mut to_there, mut to_here) = (Vec::new(), Vec::new());
    let mut messages = 0;
    while let Some(message) = initiator.message() {
        messages += 1;
        assert!(messages < 20_000, "no end");
        to_there.push(message.to_vec());
        if restarts && random.below(40) == 0 {
            responder = Responder::new(config.clone());
        }
        // Most are taken from the end, some from anywhere, and some of those stay.
        for _ in 0..random.below(3) {
            let at = if random.below(4) > 0 {
                to_there.len()
            } else {
                1 + random.below(to_there.len() as u64) as usize
            };
            let taken = to_there[at - 1].clone();
            to_here.push(responder.handle(there, &taken).expect("a message of an initiator"));
        }
        for _ in 0..random.below(3) {
            if to_here.is_empty() {
                break;
            }
            let at = if random.below(4) > 0 {
                to_here.len()
            } else {
                1 + random.below(to_here.len() as u64) as usize
            };
            let taken = to_here[at - 1].clone();
            initiator.handle(here, &taken).expect("an answer of a responder");
        }
    }
    let outcome = initiator.outcome().expect("the session has ended");
    Run {
        bytes: 0,
        longest: 0,
        messages,
        verified: outcome.verified,
        here: outcome.send.iter().copied().collect(),
        there: responder.found().collect(),
    }
}

#[test]
fn lost_repeated_and_late_messages_do_no_harm() {
    let mut random = Random(8);
    for case in 0..cases(600) {
        let sizes = [2_000, if case % 5 == 0 { 1_500 } else { 60 }, 60].map(|b| random.below(b));
        let (here, there) = sets(&mut random, sizes);
        let run = run(&mut random, &here, &there, false);
        assert!(run.verified, "{sizes:?}: {run:?}");
        assert!(is_enough(&run, &here, &there), "{sizes:?}");
    }
}

#[test]
fn a_responder_may_forget_the_session() {
    let mut random = Random(9);
    let mut verified = 0;
    for _ in 0..300 {
        let sizes = [2_000, 200, 200].map(|bound| random.below(bound));
        let (here, there) = sets(&mut random, sizes);
        let run = run(&mut random, &here, &there, true);
        // What it forgot in the end, it finds in the next session.
        if run.verified {
            verified += 1;
            assert!(only(&here, &there).is_subset(&run.here), "{sizes:?}");
        }
    }
    assert!(verified > 250, "{verified} of 300");
}

/// Sets that change during a session: it ends, nothing is made up, and another one mends it.
#[test]
fn sets_may_change_meanwhile() {
    let mut random = Random(10);
    let mut changed_ones = 0;
    for _ in 0..400 {
        let sizes = [3_000, 150, 150].map(|bound| random.below(bound));
        let (mut here, mut there) = sets(&mut random, sizes);
        let config = Config::default();
        let mut initiator = Initiator::new(config.clone(), 7, &here);
        let mut responder = Responder::new(config.clone());
        let mut changes = 5;
        while let Some(message) = initiator.message() {
            let answer = responder.handle(&there, message).expect("a message");
            for set in [&mut here, &mut there] {
                if changes > 0 && random.below(3) == 0 {
                    changes -= 1;
                    set.extend([random.any()]);
                    let first = set.iter().next().copied();
                    first.map(|id| set.remove(id));
                }
            }
            initiator.handle(&here, &answer).expect("an answer");
        }
        changed_ones += usize::from(changes < 5);
        let send = &initiator.outcome().expect("it has ended").send;
        there.extend(send.iter().copied().filter(|&id| here.iter().any(|&other| other == id)));
        here.extend(responder.found());
        let run = crate::support::run(&config, &here, &there);
        assert!(run.verified);
        here.extend(run.there.iter().copied());
        there.extend(run.here.iter().copied());
        let [here, there] = [here, there].map(|set| set.iter().copied().collect::<BTreeSet<_>>());
        assert_eq!(here, there);
    }
    assert!(changed_ones > 200);
}

/// A greeting of an earlier session that comes late does not end the present one.
#[test]
fn old_sessions_stay_ended() {
    let (here, there) = sets(&mut Random(14), [500, 20, 20]);
    let mut responder = Responder::new(Config::default());
    let old = Initiator::new(Config::default(), 65_535, &here);
    let late = old.message().expect("a greeting").to_vec();
    let mut initiator = Initiator::new(Config::default(), 2, &here);
    while let Some(message) = initiator.message() {
        let answer = responder.handle(&there, message).expect("a message");
        initiator.handle(&here, &answer).expect("an answer");
        let answer = responder.handle(&there, &late).expect("a message");
        initiator.handle(&here, &answer).expect("an answer");
    }
    assert!(initiator.outcome().is_some_and(|outcome| outcome.verified));
    assert_eq!(responder.found().collect::<BTreeSet<_>>(), only(&there, &here));
}
