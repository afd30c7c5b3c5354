//! Two replicas of 1 000 000 elements by 16 writers.

use std::cell::RefCell;
use std::rc::Rc;

use ::crdts::CmRDT;
use rejoin_maps::{Crdt, Edit};

use super::super::Plan;
use super::super::bar::Bar;
use super::super::contest::{Row, nanos, time};
use super::super::outcome::{Role, Unit};
use crate::peers::{
    Automerge, CrdtsReplica, Loro, Orswot, OurReplica, OurSet, SetPeer, SyncPeer, Yrs, shares,
};
use crate::values::{numbers, scatter, writer};

const N: u64 = 1_000_000;

/// How many elements differ, half of them on each side.
const DIFFER: u64 = 100;

/// Two replicas, and how many elements they have had.
struct Pair<P> {
    here: P,
    there: P,
    next: u64,
}

impl<P: SyncPeer> Pair<P> {
    fn new(n: u64) -> Rc<RefCell<Self>> {
        let (here, there) = P::pair(&numbers(0..n));
        Rc::new(RefCell::new(Self { here, there, next: n }))
    }

    /// Adds the elements that differ, exchanges them, and gives the time and the bytes besides
    /// them.
    fn round(&mut self) -> (f64, f64) {
        let new = numbers(self.next..self.next + DIFFER);
        self.next += DIFFER;
        let (one, other) = new.split_at(new.len() / 2);
        self.here.add(one);
        self.there.add(other);
        let mut sent = 0;
        let spent = time(|| sent = self.here.sync(&mut self.there));
        assert_eq!(self.here.len(), self.next as usize, "{}: all have arrived", P::NAME);
        assert_eq!(self.there.len(), self.next as usize, "{}: all have arrived", P::NAME);
        let payload: usize = new.iter().map(|number| P::payload(*number)).sum();
        (nanos(spent, 1), (sent - payload.min(sent)) as f64)
    }
}

/// Adds a contestant to both rows, on the same pair of replicas.
fn with<P: SyncPeer>([bytes, times]: [Row; 2], role: Role, n: u64, how: &str) -> [Row; 2] {
    let pair = Pair::<P>::new(n);
    let again = Rc::clone(&pair);
    [
        bytes.with(role, P::NAME, move || pair.borrow_mut().round().1).how(how),
        times.with(role, P::NAME, move || again.borrow_mut().round().0).how(how),
    ]
}

pub(super) fn known_contexts(plan: Plan) -> Vec<Row> {
    let document = "a map whose keys are the digits; the digits are the payload";
    let work = format!("synchronise when {DIFFER} differ, contexts known");
    let mut rows = [
        Row::new((4, 0), format!("{work}: bytes besides payload"), Unit::Bytes)
            .bar(Bar::AtMost(300.0 + 3.0 * DIFFER as f64)),
        Row::new((4, 1), format!("{work}: time of both sides"), Unit::Nanos)
            .bar(Bar::AtMost(500_000.0))
            .beyond(Bar::AtMost(50_000.0)),
    ];
    let store = "rejoin-store, in which each of them has 50 new elements to tell";
    rows = with::<OurReplica>(rows, Role::Ours, N, store);
    rows = with::<CrdtsReplica>(rows, Role::Peer, N, "the whole state, in postcard");
    rows = with::<Yrs>(rows, Role::Peer, N, document);
    rows = with::<Loro>(rows, Role::Peer, N, document);
    if !plan.quick {
        let few = "100 000 keys, by its own protocol, which needs no known version";
        rows = with::<Automerge>(rows, Role::Peer, N / 10, few);
    }
    rows.into()
}

/// Merges whole states of which `differ` elements differ, half of them on each side.
fn merge<S: SetPeer>(base: S, differ: u64) -> impl FnMut() -> f64 {
    let (mut one, mut other) = (base.clone(), base);
    for at in 0..differ / 2 {
        one.insert(scatter(N + at), 17);
        other.insert(scatter(N + differ + at), 18);
    }
    move || {
        let (mut here, there) = (one.clone(), other.clone());
        nanos(time(|| here.absorb(there)), 1)
    }
}

fn ours() -> OurSet {
    let all = numbers(0..N);
    let mut set = OurSet::default();
    for (by, share) in shares(&all) {
        let delta = set.edit(writer(by), |set| set.extend(share.iter().copied()));
        debug_assert!(!set.merge(delta));
    }
    set
}

fn crdts() -> Orswot {
    let all = numbers(0..N);
    let mut set = Orswot::new();
    for (by, share) in shares(&all) {
        set.apply(set.add_all(share.iter().copied(), set.read_ctx().derive_add_ctx(by)));
    }
    set
}

/// The union of two sorted lists, which differ in 100 elements.
fn sorted() -> impl FnMut() -> f64 {
    let mut one = numbers(0..N);
    let mut other = one.clone();
    one.extend((0..DIFFER / 2).map(|at| scatter(N + at)));
    other.extend((0..DIFFER / 2).map(|at| scatter(N + DIFFER + at)));
    one.sort_unstable();
    other.sort_unstable();
    move || nanos(time(|| union(&one, &other)), 1)
}

/// The union of two sorted lists, without a branch that could be guessed wrong.
fn union(one: &[u64], other: &[u64]) -> Vec<u64> {
    let mut union = vec![0; one.len() + other.len()];
    let (mut at, mut left, mut right) = (0, 0, 0);
    while left < one.len() && right < other.len() {
        let (a, b) = (one[left], other[right]);
        union[at] = a.min(b);
        at += 1;
        left += usize::from(a <= b);
        right += usize::from(b <= a);
    }
    for rest in [&one[left..], &other[right..]] {
        union[at..at + rest.len()].copy_from_slice(rest);
        at += rest.len();
    }
    union.truncate(at);
    union
}

pub(super) fn whole_states(_: Plan) -> Vec<Row> {
    let row = |number, work: &str| Row::new((4, number), work, Unit::Nanos).bar(Bar::AtMost(30e6));
    let differ = row(2, "merge two states of which 100 elements differ")
        .with(Role::Ours, OurSet::NAME, merge(ours(), DIFFER))
        .with(Role::Peer, Orswot::NAME, merge(crdts(), DIFFER))
        .with(Role::Floor, "union of sorted lists", sorted())
        .beyond(Bar::AtMost(3e6));
    let equal = row(3, "merge two equal states")
        .with(Role::Ours, OurSet::NAME, merge(ours(), 0))
        .with(Role::Peer, Orswot::NAME, merge(crdts(), 0))
        .beyond(Bar::AtMost(1e3));
    vec![differ, equal]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_union_has_each_element_once() {
        assert_eq!(super::union(&[1, 3, 5, 9], &[2, 3, 4, 5]), [1, 2, 3, 4, 5, 9]);
        assert_eq!(super::union(&[], &[7]), [7]);
    }
}
