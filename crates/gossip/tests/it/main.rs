//! The gossip over two or three links, frame by frame.

mod long;

use core::time::Duration;

use rejoin_core::{CausalContext, ReplicaId};
use rejoin_gossip::{DeltaGroup, Deltas, Frame, Gossip, GossipConfig, LinkSession, Time};
use rejoin_sets::GSet;

type Node = Gossip<GSet<u64>>;

const ALICE: ReplicaId = ReplicaId::from_u128(1);
const BOB: ReplicaId = ReplicaId::from_u128(2);
const CAROL: ReplicaId = ReplicaId::from_u128(3);

fn at(second: u64) -> Time {
    Time::new(Duration::from_secs(second))
}

fn node(id: ReplicaId, incarnation: u64, peers: &[ReplicaId]) -> Node {
    let mut node = Node::new(
        id,
        incarnation,
        GossipConfig::paced(Duration::from_secs(1)),
        Deltas::new(GSet::<u64>::len),
    );
    for &peer in peers {
        node.link(at(0), peer);
    }
    node
}

fn one(element: u64) -> GSet<u64> {
    core::iter::once(element).collect()
}

fn frames(node: &mut Node, to: ReplicaId, now: u64) -> Vec<Frame<GSet<u64>>> {
    let all = core::iter::from_fn(|| node.poll_transmit(at(now)));
    all.filter(|(peer, _)| *peer == to).map(|(_, frame)| frame).collect()
}

/// Brings the frames of one node to another, and returns what was new there.
fn bring(from: (&mut Node, ReplicaId), to: (&mut Node, ReplicaId), now: u64) -> Vec<u64> {
    let mut news = Vec::new();
    for frame in frames(from.0, to.1, now) {
        for (_, arrived) in to.0.handle(at(now), from.1, frame) {
            news.extend(arrived.group.delta);
        }
    }
    news
}

/// Alice and Bob, who have said hello.
fn pair() -> (Node, Node) {
    let (mut a, mut b) = (node(ALICE, 1, &[BOB]), node(BOB, 1, &[ALICE]));
    bring((&mut a, ALICE), (&mut b, BOB), 0);
    bring((&mut b, BOB), (&mut a, ALICE), 0);
    (a, b)
}

#[test]
fn nothing_is_sent_before_the_peer_has_said_what_it_has() {
    let mut a = node(ALICE, 1, &[BOB]);
    a.record(at(0), 1..=1, one(10));
    let first = frames(&mut a, BOB, 0);
    assert_eq!(first.len(), 1);
    assert!(first[0].hello.is_some() && first[0].groups.is_empty());

    let mut b = node(BOB, 1, &[ALICE]);
    bring((&mut b, BOB), (&mut a, ALICE), 0);
    assert_eq!(frames(&mut a, BOB, 0).concat_groups(), [10]);
}

#[test]
fn an_acknowledged_delta_is_neither_sent_again_nor_kept() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=1, one(10));
    assert_eq!(bring((&mut a, ALICE), (&mut b, BOB), 1), [10]);
    assert_eq!(a.kept().count(), 1);
    for second in 2..10 {
        assert!(bring((&mut a, ALICE), (&mut b, BOB), second).is_empty());
        bring((&mut b, BOB), (&mut a, ALICE), second);
    }
    assert!(a.is_settled() && b.is_settled());
    assert_eq!((a.kept().count(), b.kept().count()), (0, 0));
    assert_eq!(a.poll_timeout(), None, "nothing is due any more");
}

/// They were dropped only when frames were taken, which nobody does who has no neighbours.
#[test]
fn a_node_without_neighbours_kept_all_deltas() {
    let max_log = 10;
    let mut config = GossipConfig::paced(Duration::from_secs(1));
    config.max_log = max_log;
    let mut a = Node::new(ALICE, 1, config, Deltas::new(GSet::<u64>::len));
    for number in 1..=1_000 {
        a.record(at(number), number..=number, one(number));
    }
    assert_eq!(a.kept().count(), max_log);
    assert_eq!(a.have().len(), 1_000);
}

#[test]
fn a_lost_frame_is_noticed_by_the_next_one_or_in_time() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=1, one(10));
    assert_eq!(frames(&mut a, BOB, 1).len(), 1); // lost
    a.record(at(2), 2..=2, one(20));
    assert_eq!(bring((&mut a, ALICE), (&mut b, BOB), 2), [20]);
    bring((&mut b, BOB), (&mut a, ALICE), 2); // tells of the gap at once
    assert_eq!(bring((&mut a, ALICE), (&mut b, BOB), 3), [10]);

    for second in 4..10 {
        bring((&mut b, BOB), (&mut a, ALICE), second);
    }
    a.record(at(10), 3..=3, one(30));
    assert_eq!(frames(&mut a, BOB, 10).len(), 1); // lost, and nothing follows
    let due = a.poll_timeout().expect("something is due");
    assert!(due > at(10));
    let news = bring((&mut a, ALICE), (&mut b, BOB), due.since_start().as_secs());
    assert_eq!(news, [30]);
}

#[test]
fn a_frame_that_comes_twice_does_nothing_twice() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=2, one(10));
    let sent = frames(&mut a, BOB, 1);
    assert_eq!(b.handle(at(1), ALICE, sent[0].clone()).len(), 1);
    let before = format!("{:?}", b.have());
    assert!(b.handle(at(1), ALICE, sent[0].clone()).is_empty());
    assert_eq!(format!("{:?}", b.have()), before);
    assert!(!b.declines(ALICE, ALICE), "a repetition is no reason to decline");
}

/// In a triangle each writer's deltas end up coming over one link only, and no way in is lost.
#[test]
fn a_second_way_is_declined() {
    let mut a = node(ALICE, 1, &[BOB, CAROL]);
    let mut b = node(BOB, 1, &[ALICE, CAROL]);
    let mut c = node(CAROL, 1, &[ALICE, BOB]);
    let mut got = Vec::new();
    for second in 0..20 {
        a.record(at(second), second + 1..=second + 1, one(second));
        for ((to_b, to_c), from) in [((true, true), ALICE), ((false, true), BOB)] {
            let node = if from == ALICE { &mut a } else { &mut b };
            let all: Vec<_> = core::iter::from_fn(|| node.poll_transmit(at(second))).collect();
            for (to, frame) in all {
                if to == BOB && to_b {
                    b.handle(at(second), from, frame);
                } else if to == CAROL && to_c {
                    got.extend(
                        c.handle(at(second), from, frame)
                            .into_iter()
                            .map(|(_, news)| news.group.delta),
                    );
                } else if to == ALICE {
                    a.handle(at(second), from, frame);
                }
            }
        }
        let all: Vec<_> = core::iter::from_fn(|| c.poll_transmit(at(second))).collect();
        for (to, frame) in all {
            let node = if to == ALICE { &mut a } else { &mut b };
            node.handle(at(second), CAROL, frame);
        }
    }
    assert_eq!(c.parent(ALICE), Some(ALICE));
    assert!(!c.declines(ALICE, ALICE) && c.declines(BOB, ALICE));

    c.unlink(ALICE);
    assert!(!c.declines(BOB, ALICE), "the only way left is asked again");
    assert_eq!(c.parent(ALICE), None);
}

/// A frame of an earlier run of the peer comes late: the peer's new run is what counts.
#[test]
fn frames_of_an_earlier_run_are_dropped() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=1, one(10));
    let old = frames(&mut a, BOB, 1);
    let mut reborn = node(ALICE, 2, &[BOB]);
    reborn.restore(at(2), DeltaGroup { origin: ALICE, seqs: vec![1..=1], delta: one(10) });
    bring((&mut reborn, ALICE), (&mut b, BOB), 2);
    assert!(b.handle(at(2), ALICE, old[0].clone()).is_empty());
    bring((&mut b, BOB), (&mut reborn, ALICE), 2);
    assert_eq!(bring((&mut reborn, ALICE), (&mut b, BOB), 3), [10]);
}

#[test]
fn strangers_are_not_heard() {
    let (mut a, _) = pair();
    let mut frame = frames(&mut node(CAROL, 1, &[ALICE]), ALICE, 0).remove(0);
    frame.groups.push(DeltaGroup { origin: CAROL, seqs: vec![1..=1], delta: one(1) });
    assert!(a.handle(at(0), CAROL, frame).is_empty());
    assert!(a.have().is_empty());
}

/// Well-formed nonsense makes no panic.
#[test]
fn absurd_numbers_do_no_harm() {
    let (mut a, mut b) = pair();
    let session = LinkSession { incarnation: u64::MAX, link: u64::MAX };
    let mut frame = frames(&mut node(ALICE, 9, &[BOB]), BOB, 0).remove(0);
    frame.session = session;
    #[expect(clippy::reversed_empty_ranges, reason = "hostile")]
    let seqs = vec![9..=1, 0..=0, 1..=u64::MAX, 5..=7];
    frame.groups.push(DeltaGroup { origin: CAROL, seqs, delta: one(1) });
    for number in [u64::MAX, 0, 1, u64::MAX] {
        frame.number = number;
        b.handle(at(1), ALICE, frame.clone());
        while b.poll_transmit(at(1)).is_some() {}
    }
    assert_eq!(b.have().max(CAROL), u64::MAX);
    let far = Time::new(Duration::MAX);
    a.record(at(1), 1..=1, one(1));
    for _ in 0..20 {
        while a.poll_transmit(far).is_some() {}
        while b.poll_transmit(far).is_some() {}
    }
    assert!(a.poll_timeout().is_some());
}

/// Bob, who hears of Carol from herself, has asked Alice not to bring her deltas. Carol falls
/// silent, and one of them is lost with her; the next one has come to Alice some other way.
#[test]
fn what_is_beyond_a_gap_that_never_closes_is_listed_in_the_end() {
    let (mut a, mut b, mut c) =
        (node(ALICE, 1, &[BOB]), node(BOB, 1, &[ALICE, CAROL]), node(CAROL, 1, &[BOB]));
    for _ in 0..2 {
        bring((&mut a, ALICE), (&mut b, BOB), 0);
        bring((&mut c, CAROL), (&mut b, BOB), 0);
        for (to, frame) in core::iter::from_fn(|| b.poll_transmit(at(0))).collect::<Vec<_>>() {
            if to == ALICE { &mut a } else { &mut c }.handle(at(0), BOB, frame);
        }
    }
    let carols = |seq| DeltaGroup { origin: CAROL, seqs: vec![seq..=seq], delta: one(seq) };
    a.restore(at(1), carols(1));
    c.record(at(1), 1..=1, one(1));
    assert_eq!(bring((&mut c, CAROL), (&mut b, BOB), 1), [1]);
    assert!(bring((&mut a, ALICE), (&mut b, BOB), 1).is_empty());
    bring((&mut b, BOB), (&mut a, ALICE), 1);
    assert!(b.declines(ALICE, CAROL));

    a.restore(at(2), carols(3));
    let mut got = Vec::new();
    for second in 2..200 {
        got.extend(bring((&mut a, ALICE), (&mut b, BOB), second));
        bring((&mut b, BOB), (&mut a, ALICE), second);
    }
    assert_eq!(got, [3]);
    assert!(a.is_settled() && a.kept().count() == 0);
    assert_eq!(a.poll_timeout(), None);
}

/// What came by an exchange of states is not brought again, and whoever lacks it is behind.
#[test]
fn states_stand_for_their_deltas() {
    let (mut a, mut b) = pair();
    let mut dots = CausalContext::new();
    dots.insert_run(CAROL, 1..=5);
    a.absorb(&dots);
    assert!(frames(&mut a, BOB, 1).concat_groups().is_empty());
    assert_eq!(a.behind().collect::<Vec<_>>(), [BOB]);
    b.absorb(&dots);
    a.caught_up(BOB, &dots);
    assert_eq!(a.behind().count(), 0);
    assert!(a.is_settled());
}

/// The elements of all groups.
trait ConcatGroups {
    fn concat_groups(self) -> Vec<u64>;
}

impl ConcatGroups for Vec<Frame<GSet<u64>>> {
    fn concat_groups(self) -> Vec<u64> {
        self.into_iter().flat_map(|frame| frame.groups).flat_map(|group| group.delta).collect()
    }
}
