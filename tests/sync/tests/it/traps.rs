//! Where others have fallen in.

use core::time::Duration;

use rejoin_core::{Causal, CausalContext, Crdt, Diff, Edit, ReplicaId};
use rejoin_gossip::{Deltas, Frame, Gossip, GossipConfig, Time};
use rejoin_sets::AwSet;

type Set = Causal<AwSet<u32>>;

const ALICE: ReplicaId = ReplicaId::from_u128(1);
const BOB: ReplicaId = ReplicaId::from_u128(2);

/// A replica of a set, with the gossip that brings its deltas.
struct Node {
    id: ReplicaId,
    set: Set,
    gossip: Gossip<Set>,
}

impl Node {
    fn new(id: ReplicaId) -> Self {
        let config = GossipConfig::paced(Duration::from_secs(1));
        Self { id, set: Set::default(), gossip: Gossip::new(id, 1, config, Deltas::new(|_| 1)) }
    }

    /// Edits, and hands the delta on under the dots that it minted.
    fn edit(&mut self, now: Time, add: &[u32], remove: &[u32]) {
        let before = self.set.context().max(self.id);
        let delta = self.set.edit(self.id, |set| {
            set.extend(add.iter().copied());
            for element in remove {
                set.remove(element);
            }
        });
        self.gossip.record(now, before + 1..=self.set.context().max(self.id), delta);
    }

    fn handle(&mut self, now: Time, from: ReplicaId, frame: Frame<Set>) {
        for group in self.gossip.handle(now, from, frame).into_iter().map(|(_, news)| news.group) {
            self.set.merge(group.delta);
        }
    }

    fn frames(&mut self, now: Time) -> Vec<Frame<Set>> {
        core::iter::from_fn(|| self.gossip.poll_transmit(now)).map(|(_, frame)| frame).collect()
    }
}

fn at(second: u64) -> Time {
    Time::new(Duration::from_secs(second))
}

/// Two neighbours that have said hello.
fn pair() -> (Node, Node) {
    let (mut a, mut b) = (Node::new(ALICE), Node::new(BOB));
    a.gossip.link(at(0), BOB);
    b.gossip.link(at(0), ALICE);
    for frame in a.frames(at(0)) {
        b.handle(at(0), ALICE, frame);
    }
    for frame in b.frames(at(0)) {
        a.handle(at(0), BOB, frame);
    }
    (a, b)
}

/// Exchanges frames each second for a while.
fn talk(a: &mut Node, b: &mut Node, from: u64) {
    for second in from..from + 30 {
        for frame in a.frames(at(second)) {
            b.handle(at(second), ALICE, frame);
        }
        for frame in b.frames(at(second)) {
            a.handle(at(second), BOB, frame);
        }
    }
}

/// A group without its predecessor is merged as it is, and does not stand for what is missing.
#[test]
fn a_group_without_its_predecessor_loses_nothing() {
    let (mut a, mut b) = pair();
    a.edit(at(1), &[1, 2], &[]);
    let lost = a.frames(at(1));
    assert!(!lost.is_empty());
    a.edit(at(2), &[3], &[1]); // removes what the lost group adds
    for frame in a.frames(at(2)) {
        b.handle(at(2), ALICE, frame);
    }
    assert!(b.set.contains(&3) && !b.set.contains(&2));
    assert!(b.gossip.have().has_gaps(), "the missing dots are not claimed");

    // The lost frame comes late after all, or again: the removal is remembered.
    let mut late = Node { id: BOB, set: b.set.clone(), ..Node::new(BOB) };
    late.gossip.link(at(2), ALICE);
    for frame in lost {
        late.handle(at(3), ALICE, frame);
    }
    assert_eq!(late.set, a.set);

    talk(&mut a, &mut b, 3);
    assert_eq!(b.set, a.set);
    assert!(!b.set.contains(&1));
    assert!(a.gossip.is_settled());
}

/// Two elements are lost on the way and one of them is removed meanwhile, in every order.
#[test]
fn groups_may_come_in_any_order() {
    let mut frames = Vec::new();
    let mut a = pair().0;
    for step in 1..=4 {
        a.edit(at(step), &[step as u32, 10], if step == 3 { &[2, 10] } else { &[] });
        frames.extend(a.frames(at(step)));
    }
    let orders = [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [0, 3, 3, 1]];
    for order in orders {
        let mut b = pair().1;
        for number in order {
            b.handle(at(9), ALICE, frames[number].clone());
        }
        let all: CausalContext = a.gossip.have().clone();
        if order[2] == 3 && order[1] == 3 {
            assert_ne!(b.gossip.have(), &all, "the third is missing");
        } else {
            assert_eq!((&b.set, b.gossip.have()), (&a.set, &all), "{order:?}");
        }
    }
}

/// The peer has seen all that we have, and more: what it removed still has to come.
#[test]
fn a_dominating_clock_does_not_mean_that_nothing_was_removed() {
    let (mut a, mut b) = pair();
    a.edit(at(1), &[1, 2], &[]);
    talk(&mut a, &mut b, 1);
    assert_eq!(a.set, b.set);
    b.edit(at(40), &[], &[1]);

    // A removal takes a dot, so equal clocks mean equal sets, and the clock that dominates says
    // that there is something to ask for.
    assert!(b.set.context().is_superset(a.set.context()));
    assert_ne!(b.set.context(), a.set.context());
    assert!(b.set.diff(&a.set.digest()).is_some());
    assert!(!b.gossip.is_settled());

    talk(&mut a, &mut b, 40);
    assert_eq!(a.set, b.set);
    assert!(!a.set.contains(&1));
}

/// What a removal leaves is no reason to bring the element back, whoever is asked.
#[test]
fn a_removal_reaches_a_third_replica_past_one_that_saw_it() {
    let carol = ReplicaId::from_u128(3);
    let (mut a, mut b) = pair();
    let mut c = Node::new(carol);
    a.edit(at(1), &[1], &[]);
    talk(&mut a, &mut b, 1);
    // Carol has the element from a state, not from a group.
    c.set.merge(b.set.clone());
    c.gossip.absorb(b.gossip.have());
    b.edit(at(40), &[], &[1]);
    b.edit(at(40), &[1], &[]);
    b.edit(at(40), &[], &[1]);
    b.gossip.link(at(40), carol);
    c.gossip.link(at(40), BOB);
    for second in 40..60 {
        while let Some((to, frame)) = b.gossip.poll_transmit(at(second)) {
            if to == carol {
                c.handle(at(second), BOB, frame);
            }
        }
        for frame in c.frames(at(second)) {
            b.handle(at(second), carol, frame);
        }
    }
    assert!(!c.set.contains(&1));
    assert_eq!(c.set, b.set);
}
