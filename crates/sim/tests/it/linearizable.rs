use rejoin_core::CausalContext;
use rejoin_sim::check::{Action, NotLinearizable, Operation, linearizable};

use crate::histories::{History, read, write};

const A: (u128, u64) = (1, 1);
const B: (u128, u64) = (2, 1);

#[test]
fn a_history_that_is_fine() {
    let history = [
        write(1, (0, Some(10)), "k", &[A]),
        read(2, (1, Some(2)), "k", &[]),
        read(2, (3, Some(4)), "k", &[A]),
        write(3, (5, None), "k", &[B]),
        read(2, (6, Some(7)), "k", &[A]),
        read(2, (8, Some(9)), "k", &[A, B]),
    ];
    assert_eq!(linearizable(&history), Ok(()));
}

#[test]
fn what_was_done_is_seen() {
    let history = [write(1, (0, Some(1)), "k", &[A]), read(2, (2, Some(3)), "k", &[])];
    assert_eq!(linearizable(&history), Err(NotLinearizable::Reversed(0, 1)));
    let at_once = [write(1, (0, Some(2)), "k", &[A]), read(2, (2, Some(3)), "k", &[])];
    assert_eq!(linearizable(&at_once), Ok(()));
    let elsewhere = [write(1, (0, Some(1)), "k", &[A]), read(2, (2, Some(3)), "l", &[])];
    assert_eq!(linearizable(&elsewhere), Ok(()));
    let unconfirmed = [write(1, (0, None), "k", &[A]), read(2, (2, Some(3)), "k", &[])];
    assert_eq!(linearizable(&unconfirmed), Ok(()));
}

#[test]
fn what_is_to_come_is_not_seen() {
    let history = [read(2, (0, Some(1)), "k", &[A]), write(1, (2, Some(3)), "k", &[A])];
    assert_eq!(linearizable(&history), Err(NotLinearizable::Reversed(0, 1)));
}

#[test]
fn reads_do_not_go_back() {
    let history = [
        write(1, (0, None), "k", &[A]),
        read(2, (1, Some(2)), "k", &[A]),
        read(3, (3, Some(4)), "k", &[]),
    ];
    assert_eq!(linearizable(&history), Err(NotLinearizable::Reversed(1, 2)));
}

#[test]
fn reads_are_comparable() {
    let history = [
        write(1, (0, Some(9)), "k", &[A]),
        write(2, (0, Some(9)), "k", &[B]),
        read(3, (1, Some(5)), "k", &[A]),
        read(4, (1, Some(5)), "k", &[B]),
    ];
    assert_eq!(linearizable(&history), Err(NotLinearizable::Incomparable(2, 3)));
}

#[test]
fn a_later_write_brings_the_earlier_ones() {
    let history = [
        write(1, (0, Some(1)), "k", &[A]),
        write(2, (2, Some(9)), "k", &[B]),
        read(3, (0, Some(5)), "k", &[B]),
    ];
    assert_eq!(linearizable(&history), Err(NotLinearizable::Reversed(0, 1)));
}

#[test]
fn writes_are_seen_as_a_whole() {
    let history = [write(1, (0, Some(1)), "k", &[A, (1, 2)]), read(3, (0, Some(5)), "k", &[A])];
    assert_eq!(linearizable(&history), Err(NotLinearizable::Torn { read: 1, write: 0 }));
}

/// Tries all orders.
fn oracle(history: &History) -> bool {
    let writes = |o: &Operation<_>| matches!(o.action, Action::Write { .. });
    let matters = |o: &&Operation<_>| o.returned.is_some() || writes(o);
    let operations: Vec<_> = history.iter().filter(matters).collect();
    extend(&operations, 0, &CausalContext::new())
}

/// Whether the operations that are not `done` can go on from a value with these dots.
fn extend(operations: &[&Operation<&str>], done: u32, value: &CausalContext) -> bool {
    let left = || (0..operations.len()).filter(|index| done & 1 << index == 0);
    if left().all(|index| operations[index].returned.is_none()) {
        return true; // the rest was never heard of
    }
    left().any(|index| {
        let operation = operations[index];
        let ends_before = |other: usize| {
            operations[other].returned.is_some_and(|returned| returned < operation.invoked)
        };
        if left().any(|other| other != index && ends_before(other)) {
            return false;
        }
        match &operation.action {
            Action::Read { seen, .. } => {
                seen == value && extend(operations, done | 1 << index, value)
            }
            Action::Write { dots, .. } => {
                let mut value = value.clone();
                value.join(dots);
                extend(operations, done | 1 << index, &value)
            }
        }
    })
}

/// Up to three writes and four reads, mostly of what may be true.
fn random_history(rng: &mut fastrand::Rng) -> History {
    let span = |rng: &mut fastrand::Rng| {
        let invoked = rng.u64(0..12);
        (invoked, Some(invoked + rng.u64(0..6)))
    };
    let writes = rng.u64(1..=3);
    let mut history = History::new();
    for number in 1..=writes {
        let (invoked, returned) = span(rng);
        let returned = returned.filter(|_| rng.u8(..) > 40);
        let second = (rng.u8(..) < 40).then_some((u128::from(number), 2));
        let dots: Vec<(u128, u64)> = [(u128::from(number), 1)].into_iter().chain(second).collect();
        history.push(write(number, (invoked, returned), "k", &dots));
    }
    for session in 0..rng.u64(1..=4) {
        let span = span(rng);
        let mut seen: Vec<(u128, u64)> = Vec::new();
        for number in 1..=writes {
            // Rather what began before, and as a whole.
            let began = history[number as usize - 1].invoked <= crate::histories::at(span.0);
            if rng.u8(..) < if began { 180 } else { 60 } {
                seen.push((u128::from(number), 1));
                if rng.u8(..) > 20 {
                    seen.push((u128::from(number), 2));
                }
            }
        }
        let all = history.iter().filter_map(|o| match &o.action {
            Action::Write { dots, .. } => Some(dots.clone()),
            Action::Read { .. } => None,
        });
        let mut known = CausalContext::new();
        all.for_each(|dots| {
            known.join(&dots);
        });
        let mut operation = read(10 + session, span, "k", &seen);
        if let Action::Read { seen, .. } = &mut operation.action {
            *seen = seen.intersection(&known);
        }
        history.push(operation);
    }
    rng.shuffle(&mut history);
    history
}

#[test]
fn agrees_with_trying_all_orders() {
    let (mut fine, mut wrong) = (0, 0);
    for seed in 0..20_000 {
        let history = random_history(&mut fastrand::Rng::with_seed(seed));
        let expected = oracle(&history);
        let found = linearizable(&history);
        assert_eq!(found.is_ok(), expected, "seed {seed}: {found:?} of {history:#?}");
        *(if expected { &mut fine } else { &mut wrong }) += 1;
    }
    assert!(fine > 4_000 && wrong > 4_000, "{fine} fine, {wrong} wrong: too one-sided");
}
