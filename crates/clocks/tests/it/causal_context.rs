use std::cmp::Ordering;
use std::ops::RangeInclusive;

use rejoin_clocks::{CausalContext, Dot, InvalidContext, ReplicaId, VersionVector, Windows};

use crate::support::{Dots, Model, check, dot, hash, id};

fn context(model: &Model) -> CausalContext {
    model.iter().filter_map(|&(replica, seq)| Dot::new(replica, seq)).collect()
}

/// Whether the context is canonical and has what the model has.
fn same(context: &CausalContext, model: &Model) -> bool {
    let dots = context.runs().flat_map(|(replica, run)| run.map(move |seq| (replica, seq)));
    let runs = context.runs().map(|(replica, run)| (replica, *run.start(), *run.end()));
    dots.eq(model.iter().copied())
        && CausalContext::from_runs(runs).as_ref() == Ok(context)
        && context.len() == model.len() as u64
        && context.is_empty() == model.is_empty()
        && context.run_count() == context.runs().count()
}

/// Whether the two, made in different ways, cannot be told apart.
fn identical(a: &CausalContext, b: &CausalContext) -> bool {
    a == b && hash(a) == hash(b) && a.partial_cmp(b) == Some(Ordering::Equal)
}

#[test]
fn insert_says_what_is_new() {
    check::<fn(Dots) -> bool>(|dots| {
        let (mut context, mut model) = (CausalContext::new(), Model::new());
        dots.0.iter().all(|&dot| {
            let new = model.insert((dot.replica(), dot.seq()));
            context.insert(dot) == new && context.contains(dot) && same(&context, &model)
        }) && identical(&context, &dots.context())
    });
}

#[test]
fn insert_run_is_inserting_its_dots() {
    check::<fn(Vec<(u8, u8, u8)>) -> bool>(|runs| {
        let (mut context, mut model) = (CausalContext::new(), Model::new());
        runs.into_iter().all(|(replica, start, len)| {
            // Also ranges that are empty or start at 0.
            let replica = id(u128::from(replica % 3));
            let range = u64::from(start % 32)..=u64::from((start % 32 + len % 6).saturating_sub(1));
            let before = model.len();
            model.extend(range.clone().filter(|&seq| seq > 0).map(|seq| (replica, seq)));
            context.insert_run(replica, range) == (model.len() > before) && same(&context, &model)
        })
    });
}

#[test]
fn queries() {
    check::<fn(Dots, Dots) -> bool>(|dots, probes| {
        let (context, model) = (dots.context(), dots.model());
        let replicas =
            model.iter().map(|&(replica, _)| replica).collect::<std::collections::BTreeSet<_>>();
        let gaps = |replica| context.max(replica) > context.clock().get(replica);
        context.replicas().eq(replicas.iter().copied())
            && context.has_gaps() == replicas.iter().any(|&replica| gaps(replica))
            && probes.0.iter().all(|&probe| {
                let replica = probe.replica();
                let seqs = || model.iter().filter(|dot| dot.0 == replica).map(|dot| dot.1);
                let max = seqs().max().unwrap_or(0);
                let prefix = seqs().zip(1..).take_while(|(seq, nth)| seq == nth).count() as u64;
                context.contains(probe) == model.contains(&(replica, probe.seq()))
                    && context.max(replica) == max
                    && context.next(replica).map(|dot| dot.seq()) == max.checked_add(1)
                    && context.clock().get(replica) == prefix
                    && context.runs_of(replica).flatten().eq(seqs())
            })
    });
}

#[test]
fn join_is_union() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (mut joined, model) = (a.context(), a.model());
        let union: Model = model.union(&b.model()).copied().collect();
        joined.join(&b.context()) == (union.len() > model.len())
            && same(&joined, &union)
            && identical(&joined, &context(&union))
            && !joined.join(&a.context())
            && !joined.join(&b.context())
    });
}

#[test]
fn join_of_many_in_any_order() {
    check::<fn(Vec<Dots>) -> bool>(|parts| {
        let parts = &parts[..parts.len().min(6)];
        let (mut forth, mut back) = (CausalContext::new(), CausalContext::new());
        for part in parts {
            forth.join(&part.context());
        }
        for part in parts.iter().rev() {
            back.join(&part.context());
        }
        identical(&forth, &back) && same(&forth, &parts.iter().flat_map(Dots::model).collect())
    });
}

#[test]
fn extend_is_join() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (mut extended, mut joined) = (a.context(), a.context());
        extended.extend(b.0.iter().copied());
        joined.join(&b.context());
        identical(&extended, &joined)
    });
}

#[test]
fn difference_is_what_the_other_lacks() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let model: Model = a.model().difference(&b.model()).copied().collect();
        let rest = a.context().difference(&b.context());
        same(&rest, &model) && identical(&rest, &context(&model))
    });
}

#[test]
fn difference_is_the_least_that_brings_the_other_up() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (mut by_rest, mut by_all) = (b.context(), b.context());
        let rest = a.context().difference(&by_rest);
        by_rest.join(&rest) != rest.is_empty()
            && by_all.join(&a.context()) != rest.is_empty()
            && identical(&by_rest, &by_all)
            && rest.is_disjoint(&b.context())
    });
}

#[test]
fn intersection_is_what_both_have() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let model: Model = a.model().intersection(&b.model()).copied().collect();
        let (ours, theirs) =
            (a.context().intersection(&b.context()), b.context().intersection(&a.context()));
        same(&ours, &model)
            && identical(&ours, &theirs)
            && a.context().is_disjoint(&b.context()) == model.is_empty()
            && b.context().is_disjoint(&a.context()) == model.is_empty()
    });
}

fn order(a: &Model, b: &Model) -> Option<Ordering> {
    match (a.is_superset(b), b.is_superset(a)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        (false, false) => None,
    }
}

fn ordered_as_models(a: &Model, b: &Model) -> bool {
    let (x, y) = (context(a), context(b));
    x.partial_cmp(&y) == order(a, b)
        && x.is_superset(&y) == a.is_superset(b)
        && (x == y) == (a == b)
}

#[test]
fn order_is_inclusion() {
    check::<fn(Dots, Dots) -> bool>(|a, b| ordered_as_models(&a.model(), &b.model()));
}

#[test]
fn comparable_contexts_are_met_too() {
    // Two random contexts are mostly concurrent; one and its union with little are not.
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let model = a.model();
        let more: Model = model.iter().copied().chain(b.model().into_iter().take(2)).collect();
        ordered_as_models(&model, &more) && ordered_as_models(&more, &model)
    });
}

#[test]
fn a_context_without_gaps_is_its_clock() {
    check::<fn(Dots, Dots) -> bool>(|a, b| {
        let (x, y): (VersionVector, VersionVector) =
            (a.0.iter().copied().collect(), b.0.iter().copied().collect());
        let (mut contexts, mut clocks) = (CausalContext::from(x.clone()), x.clone());
        let order = contexts.partial_cmp(&CausalContext::from(y.clone()));
        let grew = contexts.join(&y.clone().into());
        if order != x.partial_cmp(&y) || grew != clocks.join(&y) || contexts.has_gaps() {
            return false;
        }
        *contexts.clock() == clocks
    });
}

#[test]
fn a_dot_is_a_context() {
    check::<fn(Dots) -> bool>(|dots| {
        dots.0.iter().all(|&dot| identical(&dot.into(), &[dot].into_iter().collect()))
    });
}

/// Joins runs of one replica and compares what is left.
fn check_join(
    ours: &[RangeInclusive<u64>],
    theirs: &[RangeInclusive<u64>],
    want: &[RangeInclusive<u64>],
) {
    let of = |runs: &[RangeInclusive<u64>]| {
        CausalContext::from_runs(runs.iter().map(|run| (id(7), *run.start(), *run.end())))
            .expect("canonical")
    };
    let mut joined = of(ours);
    assert_eq!(joined.join(&of(theirs)), ours != want);
    assert_eq!(joined, of(want));
}

#[test]
fn runs_that_meet_become_one() {
    const MAX: u64 = u64::MAX;
    check_join(&[1..=3], &[5..=9], &[1..=3, 5..=9]);
    check_join(&[1..=3, 5..=9], &[4..=4], &[1..=9]);
    check_join(&[1..=3, 5..=9], &[1..=4], &[1..=9]);
    check_join(&[3..=4, 6..=7, 9..=9], &[1..=2], &[1..=4, 6..=7, 9..=9]);
    check_join(&[3..=4, 6..=7, 9..=9], &[5..=8], &[3..=9]);
    check_join(&[3..=4, 6..=7, 9..=9], &[1..=7], &[1..=7, 9..=9]);
    check_join(&[1..=5], &[3..=3, 5..=6, 9..=9], &[1..=6, 9..=9]);
    check_join(&[1..=5], &[3..=3, 5..=5], &[1..=5]);
    check_join(&[MAX..=MAX], &[MAX - 1..=MAX - 1], &[MAX - 1..=MAX]);
    check_join(&[MAX..=MAX], &[1..=MAX - 1], &[1..=MAX]);
    check_join(&[1..=MAX], &[MAX..=MAX], &[1..=MAX]);
    check_join(&[2..=MAX], &[4..=5, 8..=8], &[2..=MAX]);
    check_join(&[2..=MAX], &[1..=1], &[1..=MAX]);
}

#[test]
fn huge_runs_take_no_time() {
    let (mut a, mut b) = (CausalContext::new(), CausalContext::new());
    assert!(a.insert_run(id(1), 0..=u64::MAX));
    assert!(!a.insert_run(id(1), 1..=u64::MAX));
    assert!(b.insert_run(id(1), 10..=u64::MAX - 10));
    assert_eq!(a.len(), u64::MAX);
    assert_eq!(
        a.difference(&b).runs_of(id(1)).collect::<Vec<_>>(),
        [1..=9, u64::MAX - 9..=u64::MAX]
    );
    assert_eq!(a.intersection(&b), b);
    assert!(a > b);
    assert_eq!(a.next(id(1)), None);
    assert!(a.insert_run(id(2), 1..=1));
    assert_eq!(a.len(), u64::MAX); // saturated
}

#[test]
fn seq_0_and_empty_ranges_add_nothing() {
    let mut context = CausalContext::new();
    assert!(!context.insert_run(id(1), 0..=0));
    assert!(!context.insert_run(id(1), RangeInclusive::new(5, 4)));
    let mut spent = 1..=1;
    spent.next();
    assert!(!context.insert_run(id(1), spent)); // an exhausted range is empty
    assert_eq!(context, CausalContext::default());
}

#[test]
fn runs_must_be_canonical() {
    let from = |runs: &[(u128, u64, u64)]| {
        CausalContext::from_runs(
            runs.iter().map(|&(replica, start, end)| (id(replica), start, end)),
        )
        .map(|context| context.len())
    };
    let replica = id(1);
    assert_eq!(from(&[(1, 1, 2), (1, 4, 4), (2, 9, 9)]), Ok(4));
    assert_eq!(from(&[(1, 0, 2)]), Err(InvalidContext::Zero { replica }));
    assert_eq!(from(&[(1, 2, 1)]), Err(InvalidContext::Empty { replica }));
    assert_eq!(from(&[(2, 1, 1), (1, 1, 1)]), Err(InvalidContext::Unsorted { replica }));
    assert_eq!(from(&[(1, 5, 6), (1, 1, 2)]), Err(InvalidContext::Unsorted { replica }));
    assert_eq!(from(&[(1, 1, 3), (1, 3, 4)]), Err(InvalidContext::Overlapping { replica }));
    assert_eq!(from(&[(1, 1, 3), (1, 1, 3)]), Err(InvalidContext::Overlapping { replica }));
    assert_eq!(from(&[(1, 1, 3), (1, 4, 4)]), Err(InvalidContext::Adjacent { replica }));
    assert_eq!(
        from(&[(1, 5, u64::MAX), (1, u64::MAX, u64::MAX)]),
        Err(InvalidContext::Overlapping { replica })
    );
}

#[test]
fn debug_shows_runs() {
    let context: CausalContext = [dot(1, 1), dot(1, 2), dot(1, 9)].into_iter().collect();
    let text = "{ReplicaId(00000000-0000-0000-0000-000000000001): [1..=2, 9..=9]}";
    assert_eq!(format!("{context:?}"), text);
}

#[test]
fn windows_that_are_mostly_full_are_the_runs_that_they_make_up() {
    quickcheck::QuickCheck::new().tests(5_000).quickcheck(
        (|pages: Vec<(bool, u8, u64)>, far: bool| {
            let (mut windows, mut want) = (Windows::default(), CausalContext::new());
            let mut place = 0;
            for (is_other, step, bits) in pages {
                let replica = ReplicaId::from_u128(u128::from(is_other && step % 5 == 0));
                place = if step % 7 == 0 { u64::from(step) % 9 } else { place + 1 };
                let first =
                    if far { (u64::MAX - 64 * 40 + 1) + 64 * (place % 40) } else { 64 * place };
                let bits = if step % 3 == 0 { bits } else { u64::MAX };
                windows.push(replica, first, bits);
                for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                    want.extend(Dot::new(replica, first + bit));
                }
            }
            CausalContext::from(windows) == want
        }) as fn(Vec<(bool, u8, u64)>, bool) -> bool,
    );
}

#[test]
fn windows_are_what_contains_says() {
    quickcheck::QuickCheck::new().tests(2_000).quickcheck(
        (|dots: Vec<(u8, u8)>, far: bool| {
            let seq = |seq: u8| if far { u64::MAX - u64::from(seq) } else { u64::from(seq) };
            let dots: Vec<Dot> = dots
                .iter()
                .filter_map(|(replica, at)| {
                    Dot::new(ReplicaId::from_u128(u128::from(replica % 3)), seq(*at))
                })
                .collect();
            let context: CausalContext = dots.iter().copied().collect();
            let mut windows = Vec::new();
            for replica in (0..3).map(ReplicaId::from_u128) {
                for first in [0, 1, 64, 65, 128, u64::MAX - 300, u64::MAX - 255, u64::MAX - 63] {
                    let window = context.window(replica, first);
                    for bit in 0..64 {
                        let dot = first.checked_add(bit).and_then(|seq| Dot::new(replica, seq));
                        let is_seen = dot.is_some_and(|dot| context.contains(dot));
                        assert_eq!(window >> bit & 1 == 1, is_seen, "{dot:?} in {context:?}");
                    }
                }
                for first in
                    (0..=4).map(|at| if far { (u64::MAX - 319) + at * 64 } else { at * 64 })
                {
                    windows.push((replica, first, context.window(replica, first)));
                    windows.push((replica, first, 0));
                }
            }
            for _ in 0..2 {
                let mut collected = Windows::default();
                for (replica, first, bits) in &windows {
                    collected.push(*replica, *first, *bits);
                }
                assert_eq!(CausalContext::from(collected), context);
                windows.reverse();
            }
        }) as fn(Vec<(u8, u8)>, bool),
    );
}
