use std::cmp::Ordering;
use std::collections::BTreeSet;

use quickcheck::{Arbitrary, Gen};
use rejoin_clocks::{Dot, DottedVersionVector, VersionVector};

use crate::support::{check, dot, id};

/// A clock over few dots, so that many pairs are equal or ordered.
#[derive(Clone, Debug)]
struct Clock(DottedVersionVector);

impl Arbitrary for Clock {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut seq = |most| u64::arbitrary(g) % most;
        let past = (1..3).filter_map(|replica| Dot::new(id(replica), seq(3))).collect();
        let dot = Dot::new(id(1 + u128::from(seq(2))), seq(5));
        Self(DottedVersionVector::new(dot, past))
    }
}

/// The dots of a clock, one by one.
fn dots(clock: &DottedVersionVector) -> BTreeSet<Dot> {
    let past = clock
        .past()
        .iter()
        .flat_map(|(replica, seq)| (1..=seq).filter_map(move |seq| Dot::new(replica, seq)));
    past.chain(clock.dot()).collect()
}

#[test]
fn order_is_inclusion_of_dots() {
    check::<fn(Clock, Clock) -> bool>(|Clock(a), Clock(b)| {
        let (x, y) = (dots(&a), dots(&b));
        let order = match (x.is_subset(&y), y.is_subset(&x)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (false, false) => None,
        };
        a.partial_cmp(&b) == order
            && (a == b) == (x == y)
            && a.dominated_by(&b) == x.is_subset(&y)
            && a.happens_before(&b) == (x.is_subset(&y) && x != y)
            && a.concurrent(&b) == order.is_none()
    });
}

#[test]
fn contains_is_membership() {
    check::<fn(Clock) -> bool>(|Clock(clock)| {
        let dots = dots(&clock);
        (1..3).all(|replica| {
            (1..8).all(|seq| {
                let dot = dot(replica, seq);
                clock.contains(dot) == dots.contains(&dot)
            })
        })
    });
}

/// What a client does: read at a server, or write at one what it read last.
#[derive(Clone, Debug)]
enum Step {
    Get { client: u8, server: u8 },
    Put { client: u8, server: u8 },
    Sync { from: u8, to: u8 },
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (a, b) = (u8::arbitrary(g) % 3, u8::arbitrary(g) % 3);
        match u8::arbitrary(g) % 3 {
            0 => Self::Get { client: a, server: b },
            1 => Self::Put { client: a, server: b },
            _ => Self::Sync { from: a, to: b },
        }
    }
}

/// A sibling and, as the oracle, the set of writes that its writer knew, its own included.
type Sibling = (DottedVersionVector, BTreeSet<usize>);

/// Keeps, of all siblings of one key, those that no other one replaces.
fn latest(siblings: Vec<Sibling>) -> Vec<Sibling> {
    let mut kept: Vec<Sibling> = Vec::new();
    for (clock, history) in siblings {
        if !kept.iter().any(|(other, _)| clock.dominated_by(other)) {
            kept.retain(|(other, _)| !other.happens_before(&clock));
            kept.push((clock, history));
        }
    }
    kept
}

/// Runs servers and clients of one key; gives all versions, with what each knew.
fn run(steps: &[Step]) -> Vec<Sibling> {
    let mut servers: [Vec<Sibling>; 3] = Default::default();
    let mut minted = VersionVector::new();
    let mut reads: [(VersionVector, BTreeSet<usize>); 3] = Default::default();
    let mut versions: Vec<Sibling> = Vec::new();
    for step in steps {
        match *step {
            Step::Get { client, server } => {
                let siblings = &servers[usize::from(server)];
                let context = DottedVersionVector::context(siblings.iter().map(|(clock, _)| clock));
                let known = siblings.iter().flat_map(|(_, history)| history.iter().copied());
                reads[usize::from(client)] = (context, known.collect());
            }
            Step::Put { client, server } => {
                let (context, mut known) = reads[usize::from(client)].clone();
                known.insert(versions.len());
                let dot = minted.advance(id(server.into()));
                let siblings = &mut servers[usize::from(server)];
                siblings.retain(|(clock, _)| !clock.is_covered_by(&context));
                let sibling = (DottedVersionVector::new(dot, context), known);
                siblings.push(sibling.clone());
                versions.push(sibling);
            }
            Step::Sync { from, to } => {
                let mut both = servers[usize::from(to)].clone();
                both.extend(servers[usize::from(from)].iter().cloned());
                servers[usize::from(to)] = latest(both);
            }
        }
    }
    versions
}

#[test]
fn versions_of_a_store_are_ordered_as_their_histories() {
    check::<fn(Vec<Step>) -> bool>(|steps| {
        let versions = run(&steps);
        versions.iter().all(|(a, x)| {
            versions.iter().all(|(b, y)| {
                let before = x.is_subset(y) && x != y;
                a.happens_before(b) == before
                    && a.concurrent(b) != (x.is_subset(y) || y.is_subset(x))
                    // The one lookup of the paper.
                    && a.is_covered_by(b.past()) == before
            })
        })
    });
}

#[test]
fn a_dot_of_the_past_is_dropped() {
    let past: VersionVector = [dot(1, 3)].into_iter().collect();
    let clock = DottedVersionVector::new(dot(1, 2), past.clone());
    assert_eq!((clock.dot(), clock.past()), (None, &past));
}

#[test]
fn a_dot_next_to_the_past_is_the_same_set() {
    let clock = |dot: Option<Dot>, seq| {
        DottedVersionVector::new(dot, Dot::new(id(1), seq).into_iter().collect())
    };
    assert_eq!(clock(Some(dot(1, 3)), 2), clock(None, 3));
    assert_ne!(clock(Some(dot(1, 4)), 2), clock(None, 4));
    assert!(clock(Some(dot(1, 4)), 2).happens_before(&clock(None, 4)));
    assert!(clock(Some(dot(1, 4)), 2).concurrent(&clock(None, 3)));
}

#[test]
fn a_clock_without_dot_is_covered_by_what_includes_it() {
    let past: VersionVector = [dot(1, 3)].into_iter().collect();
    let clock = DottedVersionVector::new(None, past.clone());
    assert!(clock.is_covered_by(&past));
    assert!(!clock.is_covered_by(&VersionVector::new()));
}
