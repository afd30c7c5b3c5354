use std::cmp::Ordering;
use std::collections::BTreeMap;

use rejoin_clocks::{InvalidClock, ReplicaId, VersionVector};

use crate::support::{Dots, check, dot, hash, id};

type Model = BTreeMap<ReplicaId, u64>;

fn clock(dots: &Dots) -> VersionVector {
    dots.0.iter().copied().collect()
}

fn model(dots: &Dots) -> Model {
    let mut model = Model::new();
    for dot in &dots.0 {
        let seq = model.entry(dot.replica()).or_default();
        *seq = dot.seq().max(*seq);
    }
    model
}

/// Whether the clock is canonical and has what the model has.
fn same(clock: &VersionVector, model: &Model) -> bool {
    clock.iter().eq(model.iter().map(|(&replica, &seq)| (replica, seq)))
        && VersionVector::from_entries(clock.iter()).as_ref() == Ok(clock)
        && clock.len() == model.len()
        && clock.is_empty() == model.is_empty()
}

fn model_at_least(a: &Model, b: &Model) -> bool {
    b.iter().all(|(replica, seq)| a.get(replica).is_some_and(|ours| ours >= seq))
}

#[test]
fn insert_get_contains() {
    check::<fn(Dots, Dots) -> bool>(|dots, probes| {
        let (mut clock, mut model) = (VersionVector::new(), Model::new());
        dots.0.iter().all(|&dot| {
            let seq = model.entry(dot.replica()).or_default();
            let news = *seq < dot.seq();
            *seq = dot.seq().max(*seq);
            clock.insert(dot) == news && same(&clock, &model)
        }) && probes.0.iter().all(|dot| {
            let seq = model.get(&dot.replica()).copied().unwrap_or(0);
            clock.get(dot.replica()) == seq && clock.contains(*dot) == (dot.seq() <= seq)
        })
    });
}

#[test]
fn collecting_dots_is_inserting_them() {
    check::<fn(Dots) -> bool>(|dots| {
        let mut inserted = VersionVector::new();
        for &dot in &dots.0 {
            inserted.insert(dot);
        }
        inserted == clock(&dots) && same(&inserted, &model(&dots))
    });
}

#[test]
fn join_is_the_maximum() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (mut joined, mut max) = (clock(&a), model(&a));
        for (replica, seq) in model(&b) {
            let ours = max.entry(replica).or_default();
            *ours = seq.max(*ours);
        }
        joined.join(&clock(&b)) == (max != model(&a))
            && same(&joined, &max)
            && !joined.join(&clock(&a))
            && joined.dominates(&clock(&b))
    });
}

#[test]
fn meet_is_the_minimum() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (ours, theirs) = (model(&a), model(&b));
        let min = ours
            .iter()
            .filter_map(|(replica, seq)| Some((*replica, *theirs.get(replica)?.min(seq))))
            .collect();
        same(&clock(&a).meet(&clock(&b)), &min) && same(&clock(&b).meet(&clock(&a)), &min)
    });
}

#[test]
fn order_is_inclusion() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (x, y) = (clock(&a), clock(&b));
        let at_least = model_at_least(&model(&a), &model(&b));
        let at_most = model_at_least(&model(&b), &model(&a));
        let order = match (at_least, at_most) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        };
        x.dominates(&y) == at_least
            && x.partial_cmp(&y) == order
            && x.concurrent(&y) == order.is_none()
            && (x == y) == (order == Some(Ordering::Equal))
            && (x != y || hash(&x) == hash(&y))
    });
}

#[test]
fn comparable_clocks_are_met_too() {
    // Two random vectors are mostly concurrent; a vector and its join with another are not.
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (x, mut joined) = (clock(&a), clock(&a));
        let grew = joined.join(&clock(&b));
        let order = if grew { Ordering::Greater } else { Ordering::Equal };
        joined.partial_cmp(&x) == Some(order) && joined.meet(&x) == x
    });
}

#[test]
fn remove_forgets_one_replica() {
    check::<fn(Dots, Dots) -> bool>(|dots, probes| {
        let (mut clock, mut model) = (clock(&dots), model(&dots));
        probes.0.iter().all(|dot| {
            clock.remove(dot.replica()) == model.remove(&dot.replica()) && same(&clock, &model)
        })
    });
}

#[test]
fn advance_takes_the_next_dot() {
    let mut clock = VersionVector::new();
    assert_eq!(clock.advance(id(2)), Some(dot(2, 1)));
    assert_eq!(clock.advance(id(2)), Some(dot(2, 2)));
    assert_eq!(clock.advance(id(1)), Some(dot(1, 1)));
    assert_eq!(clock, [dot(1, 1), dot(2, 2)].into_iter().collect());
}

#[test]
fn advance_by_takes_as_many_dots_as_there_are() {
    let mut clock = VersionVector::new();
    assert_eq!(clock.advance_by(id(1), 5), Some(dot(1, 5)));
    assert_eq!(clock.advance_by(id(1), u64::MAX - 7), Some(dot(1, u64::MAX - 2)));
    let before = clock.clone();
    assert_eq!(clock.advance_by(id(1), 3), None); // two are left
    assert_eq!(clock.advance_by(id(2), 0), None);
    assert_eq!(clock, before);
    assert_eq!(clock.advance_by(id(1), 2), Some(dot(1, u64::MAX)));
}

#[test]
fn advance_after_the_last_changes_nothing() {
    let mut clock: VersionVector = [dot(1, u64::MAX)].into_iter().collect();
    let before = clock.clone();
    assert_eq!(clock.advance(id(1)), None);
    assert_eq!(clock, before);
}

#[test]
fn entries_must_be_canonical() {
    let from = |entries: &[(u128, u64)]| {
        VersionVector::from_entries(entries.iter().map(|&(replica, seq)| (id(replica), seq)))
    };
    assert_eq!(from(&[]), Ok(VersionVector::new()));
    assert_eq!(from(&[(1, 0)]), Err(InvalidClock::Zero { replica: id(1) }));
    assert_eq!(from(&[(2, 1), (1, 1)]), Err(InvalidClock::Unsorted { replica: id(1) }));
    assert_eq!(from(&[(1, 1), (1, 2)]), Err(InvalidClock::Duplicate { replica: id(1) }));
}

#[test]
fn debug_is_a_map() {
    let clock: VersionVector = [dot(1, 7)].into_iter().collect();
    let text = "{ReplicaId(00000000-0000-0000-0000-000000000001): 7}";
    assert_eq!(format!("{clock:?}"), text);
}
