//! Deltas that are too long for frames.

use super::*;

/// More than one element is long.
fn node(id: ReplicaId, peers: &[ReplicaId]) -> Node {
    let mut config = GossipConfig::paced(Duration::from_secs(1));
    config.long_delta = 1;
    let mut node = Node::new(id, 1, config, Deltas::new(GSet::<u64>::len));
    peers.iter().for_each(|peer| node.link(at(0), *peer));
    node
}

fn pair() -> (Node, Node) {
    let (mut a, mut b) = (node(ALICE, &[BOB]), node(BOB, &[ALICE]));
    bring((&mut a, ALICE), (&mut b, BOB), 0);
    bring((&mut b, BOB), (&mut a, ALICE), 0);
    (a, b)
}

fn some(elements: core::ops::Range<u64>) -> GSet<u64> {
    elements.collect()
}

fn long(node: &mut Node) -> Option<(ReplicaId, DeltaGroup<GSet<u64>>)> {
    node.poll_long(|_| true)
}

#[test]
fn a_long_delta_goes_by_itself_and_no_frame_waits_for_it() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=1, one(1));
    a.record(at(1), 2..=2, some(10..20));
    a.record(at(1), 3..=3, one(3));
    assert_eq!(bring((&mut a, ALICE), (&mut b, BOB), 1), [1, 3]);
    assert_eq!(a.poll_long(|_| false), None, "there is no room");
    let (to, group) = long(&mut a).expect("Bob lacks it");
    assert_eq!((to, &group.seqs), (BOB, &vec![2..=2]));
    for second in 2..100 {
        assert_eq!(long(&mut a), None, "it is on its way, however long that takes");
        assert_eq!(bring((&mut a, ALICE), (&mut b, BOB), second), []);
        bring((&mut b, BOB), (&mut a, ALICE), second);
    }
    assert!(!a.is_settled());
    assert_eq!(a.kept().count(), 1);
    let news = b.handle_long(at(100), ALICE, group.clone()).expect("it is news");
    assert_eq!(news.fresh, group.dots());
    assert_eq!(b.handle_long(at(100), ALICE, group.clone()), None, "it is news once");
    assert_eq!(b.handle_long(at(100), CAROL, group.clone()), None, "strangers are not heard");
    a.caught_up(BOB, &group.dots());
    bring((&mut a, ALICE), (&mut b, BOB), 101);
    bring((&mut b, BOB), (&mut a, ALICE), 101);
    assert_eq!((long(&mut a), long(&mut b)), (None, None));
    assert!(a.is_settled() && b.is_settled());
    assert_eq!((a.kept().count(), b.kept().count()), (0, 0));
}

#[test]
fn what_was_on_its_way_is_handed_out_again_to_whoever_starts_over() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=1, some(10..20));
    bring((&mut a, ALICE), (&mut b, BOB), 1);
    assert!(long(&mut a).is_some());
    b.link(at(2), ALICE); // and Alice has not noticed that the link was cut
    bring((&mut b, BOB), (&mut a, ALICE), 2);
    assert!(long(&mut a).is_some());
    assert!(long(&mut a).is_none());
}

#[test]
fn it_goes_along_the_tree() {
    let (mut a, mut b) = pair();
    let group = DeltaGroup { origin: CAROL, seqs: vec![1..=1], delta: some(10..20) };
    assert!(a.handle_long(at(1), BOB, group.clone()).is_some());
    assert_eq!(long(&mut a), None, "it came from there");
    b.link(at(1), CAROL);
    assert!(b.handle_long(at(1), CAROL, group.clone()).is_some());
    assert!(b.handle_long(at(2), ALICE, group.clone()).is_none());
    assert!(b.declines(ALICE, CAROL), "it had come from Carol");
    bring((&mut b, BOB), (&mut a, ALICE), 3);
    a.restore(at(4), DeltaGroup { seqs: vec![2..=2], ..group });
    assert_eq!(long(&mut a), None, "Bob has asked not to bring Carol's");
}

/// A short one that was joined to one on its way would make that go once more.
#[test]
fn short_and_long_ones_stay_apart() {
    let (mut a, mut b) = pair();
    a.record(at(1), 1..=1, some(0..10));
    a.record(at(1), 2..=2, one(1));
    assert_eq!(bring((&mut a, ALICE), (&mut b, BOB), 1), [1]);
    let (_, group) = long(&mut a).expect("Bob lacks it");
    a.record(at(1), 3..=3, one(2));
    for second in 2..60 {
        bring((&mut a, ALICE), (&mut b, BOB), second);
        assert_eq!(long(&mut a), None);
    }
    assert!(b.handle_long(at(60), ALICE, group).is_some());
}

/// One that is alone is no reason for another exchange, however long it is.
#[test]
fn several_of_them_may_be_behind() {
    let mut config = GossipConfig::paced(Duration::from_secs(1));
    (config.long_delta, config.max_backlog) = (1, 15);
    let mut a = Node::new(ALICE, 1, config, Deltas::new(GSet::<u64>::len));
    a.link(at(0), BOB);
    let mut b = node(BOB, &[ALICE]);
    bring((&mut a, ALICE), (&mut b, BOB), 0);
    bring((&mut b, BOB), (&mut a, ALICE), 0);
    a.record(at(1), 1..=1, some(0..100));
    bring((&mut a, ALICE), (&mut b, BOB), 1);
    assert_eq!(a.behind().count(), 0);
    a.record(at(1), 2..=2, some(100..110));
    bring((&mut a, ALICE), (&mut b, BOB), 1);
    assert_eq!(a.behind().collect::<Vec<_>>(), [BOB]);
    assert_eq!(long(&mut a), None, "the exchange brings it");
}
