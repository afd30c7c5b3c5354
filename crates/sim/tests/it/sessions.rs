use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{ReplicaId, VersionVector};
use rejoin_session::{GroupClock, Guarantees, Session};
use rejoin_sim::check::{self, Action, Guarantee, SessionViolation};

use crate::histories::{History, read, write};

const A: (u128, u64) = (1, 1);
const B: (u128, u64) = (2, 1);
const C: (u128, u64) = (3, 1);

fn broken(history: History) -> Vec<(Guarantee, usize, usize)> {
    let violations = check::sessions(&history);
    violations
        .iter()
        .map(|SessionViolation { guarantee, read, because, .. }| (*guarantee, *read, *because))
        .collect()
}

#[test]
fn a_history_that_is_fine() {
    let history = vec![
        write(1, (0, Some(1)), "x", &[A]),
        read(2, (0, Some(2)), "x", &[A]),
        write(2, (3, Some(4)), "y", &[B]),
        read(3, (5, Some(6)), "y", &[B]),
        read(3, (7, Some(8)), "x", &[A]),
        read(4, (0, Some(1)), "x", &[]), // others need not see anything
        read(4, (2, Some(3)), None, &[A, B]),
    ];
    assert_eq!(broken(history), []);
}

#[test]
fn a_session_sees_its_writes() {
    let history = vec![write(1, (0, Some(1)), "x", &[A]), read(1, (2, Some(3)), "x", &[])];
    assert_eq!(broken(history), [(Guarantee::ReadYourWrites, 1, 0)]);
    let unconfirmed = vec![write(1, (0, None), "x", &[A]), read(1, (2, Some(3)), "x", &[])];
    assert_eq!(broken(unconfirmed), []);
    let elsewhere = vec![write(1, (0, Some(1)), "x", &[A]), read(1, (2, Some(3)), "y", &[])];
    assert_eq!(broken(elsewhere), []);
}

#[test]
fn a_session_does_not_go_back() {
    let history = vec![
        write(1, (0, Some(1)), "x", &[A]),
        read(2, (2, Some(3)), "x", &[A]),
        read(2, (4, Some(5)), "x", &[]),
    ];
    assert_eq!(broken(history), [(Guarantee::MonotonicReads, 2, 1)]);
}

#[test]
fn writes_are_seen_in_their_order() {
    let history = vec![
        write(1, (0, Some(1)), "x", &[A]),
        write(1, (2, Some(3)), "x", &[(1, 2)]),
        read(2, (4, Some(5)), "x", &[(1, 2)]),
    ];
    assert_eq!(broken(history), [(Guarantee::MonotonicWrites, 2, 1)]);
}

#[test]
fn writes_are_seen_with_what_was_read_before() {
    let history = vec![
        write(1, (0, Some(1)), "x", &[A]),
        read(2, (2, Some(3)), "x", &[A]),
        write(2, (4, Some(5)), "x", &[B]),
        read(3, (6, Some(7)), None, &[B]),
    ];
    assert_eq!(broken(history), [(Guarantee::WritesFollowReads, 3, 2)]);
}

/// No two operations alone show it: c depends on b, and b on a.
#[test]
fn writes_are_seen_with_all_that_they_depend_on() {
    let history = vec![
        write(1, (0, Some(1)), "x", &[A]),
        read(2, (2, Some(3)), "x", &[A]),
        write(2, (4, Some(5)), "y", &[B]),
        read(3, (6, Some(7)), "y", &[B]),
        write(3, (8, Some(9)), "z", &[C]),
        read(4, (10, Some(11)), "z", &[C]),
        read(4, (12, Some(13)), "x", &[]),
    ];
    assert_eq!(broken(history), [(Guarantee::CausalVisibility, 6, 5)]);
}

#[test]
fn dependencies_are_found_in_any_order_of_recording() {
    let mut history = vec![
        read(4, (10, Some(11)), "z", &[C]),
        read(4, (12, Some(13)), "x", &[]),
        read(3, (6, Some(7)), "y", &[B]),
        write(3, (8, Some(9)), "z", &[C]),
        read(2, (2, Some(3)), "x", &[A]),
        write(2, (4, Some(5)), "y", &[B]),
        write(1, (0, Some(1)), "x", &[A]),
    ];
    assert_eq!(broken(history.clone()), [(Guarantee::CausalVisibility, 1, 0)]);
    // Now a depends on c too. The search ends, and what was found is still found.
    history.push(read(1, (0, Some(0)), "z", &[C]));
    history.swap(6, 7);
    let found = broken(history);
    assert!(found.contains(&(Guarantee::CausalVisibility, 1, 0)), "{found:?}");
}

/// With the sessions' waiting, and replicas that take in writes after what they depend on, nothing
/// is broken; without either, each guarantee is.
#[test]
fn sessions_that_wait_keep_their_guarantees() {
    let mut broken_without = BTreeSet::new();
    for seed in 0..300 {
        assert_eq!(broken(wander(seed, Guarantees::ALL, true)), [], "seed {seed}");
        let careless = broken(wander(seed, Guarantees::NONE, false));
        broken_without.extend(careless.into_iter().map(|(guarantee, _, _)| guarantee));
        // A session of its own sees what it should, however the replicas do it.
        let own = Guarantees::NONE.and_read_your_writes().and_monotonic_reads();
        let waiting = broken(wander(seed, own, false));
        let is_own = |(guarantee, _, _): &(Guarantee, usize, usize)| {
            matches!(guarantee, Guarantee::ReadYourWrites | Guarantee::MonotonicReads)
        };
        assert!(!waiting.iter().any(is_own), "seed {seed}: {waiting:?}");
    }
    assert_eq!(broken_without.len(), 5, "{broken_without:?}");
}

/// Three replicas of which each has seen, of each other one, a prefix of its writes.
struct Replicas {
    seen: [GroupClock; 3],
    /// For each write, what its replica had seen before.
    before: BTreeMap<(ReplicaId, u64), GroupClock>,
    /// Whether a write is taken in only after that.
    causal: bool,
}

impl Replicas {
    /// Replica `at` takes in the writes of `from` up to `seq`.
    fn take_in(&mut self, at: usize, from: ReplicaId, seq: u64) {
        while self.seen[at].get(from) < seq {
            let next = self.seen[at].get(from) + 1;
            if self.causal {
                let before = self.before[&(from, next)].clone();
                before.iter().for_each(|(other, seq)| self.take_in(at, other, seq));
            }
            self.seen[at].insert(from, next);
        }
    }
}

/// Three sessions that go from one replica to another.
fn wander(seed: u64, guarantees: Guarantees, causal: bool) -> History {
    let mut rng = fastrand::Rng::with_seed(seed);
    let ids = [1, 2, 3].map(ReplicaId::from_u128);
    let seen = [const { GroupClock::new() }; 3];
    let mut replicas = Replicas { seen, before: BTreeMap::new(), causal };
    let mut sessions = vec![Session::new(guarantees); 3];
    let mut history = History::new();
    for time in 0..60 {
        let (at, from) = (rng.usize(..3), rng.usize(..3));
        if rng.u8(..) < 80 {
            let next = replicas.seen[at].get(ids[from]) + 1;
            replicas.take_in(at, ids[from], next.min(replicas.seen[from].get(ids[from])));
        }
        let (name, is_write) = (rng.u64(..3), rng.bool());
        let session = &mut sessions[name as usize];
        let need = if is_write { session.before_write() } else { session.before_read() };
        need.as_clock().iter().for_each(|(from, seq)| replicas.take_in(at, from, seq));
        let seen = &mut replicas.seen[at];
        let (key, span) = (rng.choice(["x", "y"]).unwrap(), (2 * time, Some(2 * time + 1)));
        if is_write {
            let before = seen.clone();
            let seq = seen.get(ids[at]) + 1;
            seen.insert(ids[at], seq);
            replicas.before.insert((ids[at], seq), before);
            session.has_written(&GroupClock::from_iter([(ids[at], seq)]).into());
            history.push(write(name, span, key, &[(at as u128 + 1, seq)]));
        } else {
            session.has_read(&seen.clone().into());
            let mut operation = read(name, span, rng.bool().then_some(key), &[]);
            if let Action::Read { seen: told, .. } = &mut operation.action {
                // A group of edits is one write here, so that numbers of groups can stand for dots.
                *told = VersionVector::from_entries(seen.iter()).unwrap().into();
            }
            history.push(operation);
        }
    }
    history
}
