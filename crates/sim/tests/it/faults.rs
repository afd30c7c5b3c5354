//! Each fault of the simulator by itself: that it happens, and what becomes of it.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoin_durable::Memory;
use rejoin_sim::{Faults, Network, Shape};
use rejoin_store::{Config, Kind, Time};

use crate::support::{Tags, id};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// So many replicas that have said hello.
fn network(replicas: usize, faults: Faults) -> Network<Tags> {
    let mut network = Network::new(1, replicas, faults);
    network.run_for(SECOND);
    network
}

fn tags(network: &Network<Tags>, index: usize) -> Vec<u64> {
    network.state(index).iter().copied().collect()
}

#[test]
fn a_cut_in_one_direction_lets_the_other_through() {
    let mut network = network(2, Faults::none());
    network.cut(&[0], &[1]);
    network.stage(0, |tags| tags.insert(0));
    network.stage(1, |tags| tags.insert(1));
    network.run_for(5 * SECOND);
    assert_eq!(tags(&network, 0), [0, 1]);
    assert_eq!(tags(&network, 1), [1]);
    network.heal();
    network.conclude(MINUTE).unwrap();
    assert_eq!(tags(&network, 1), [0, 1]);
}

#[test]
fn a_cut_in_one_direction_is_gone_around() {
    let mut network = network(3, Faults::none());
    network.cut(&[0], &[1]);
    network.stage(0, |tags| tags.insert(0));
    network.run_for(5 * SECOND);
    assert_eq!(tags(&network, 1), [0]);
}

#[test]
fn a_shape_is_the_only_way() {
    for shape in Shape::ALL {
        let mut network = Network::<Tags>::new(1, 6, Faults::none());
        network.arrange(shape);
        let links: BTreeSet<_> = network.links().collect();
        assert_eq!(links, shape.links(6).collect());
        network.run_for(SECOND);
        for index in 0..6 {
            let peers = network.durable(index).unwrap().replica().peers().len();
            assert_eq!(peers, network.links().filter(|(a, b)| *a == index || *b == index).count());
            network.stage(index, |tags| tags.insert(index as u64));
        }
        network.conclude(MINUTE).unwrap();
        assert_eq!(tags(&network, 5), [0, 1, 2, 3, 4, 5]);
    }
    let mut network = Network::<Tags>::new(1, 3, Faults::none());
    network.arrange(Shape::Line);
    network.unlink(0, 1);
    let newcomer = network.join(Memory::new(id(9).node())).unwrap();
    network.stage(0, |tags| tags.insert(0));
    network.run_for(MINUTE);
    assert_eq!((tags(&network, 1), tags(&network, newcomer)), (vec![], vec![]));
    network.link(0, newcomer);
    network.link(newcomer, 2);
    network.conclude(MINUTE).unwrap();
    assert_eq!((tags(&network, 1), tags(&network, newcomer)), (vec![0], vec![0]));
}

#[test]
fn a_bad_link_is_bad_in_one_direction_and_gets_well() {
    let mut network = network(2, Faults::none());
    network.set_link_faults(0, 1, Some(Faults::none().with_loss(1.0)));
    network.stage(0, |tags| tags.insert(0));
    network.stage(1, |tags| tags.insert(1));
    network.run_for(5 * SECOND);
    assert_eq!((tags(&network, 0), tags(&network, 1)), (vec![0, 1], vec![1]));
    network.set_link_faults(0, 1, Some(Faults::none().with_delay(SECOND, SECOND)));
    let begin = network.now();
    network.stage(0, |tags| tags.insert(2));
    network.run_until_quiet(MINUTE).unwrap();
    assert!(network.now().since(begin) >= SECOND);
    network.set_link_faults(0, 1, None);
    network.conclude(MINUTE).unwrap();
}

#[test]
fn clocks_have_rates_offsets_and_jumps_and_never_go_back() {
    let mut network = network(4, Faults::none().with_clocks(0.1, MINUTE));
    let started: BTreeSet<Time> = (0..4).map(|index| network.time_at(index)).collect();
    assert_eq!(started.len(), 4);
    let before = network.time_at(0);
    network.run_for(100 * SECOND);
    let passed = network.time_at(0).since(before);
    assert!(passed != 100 * SECOND && (90 * SECOND..=110 * SECOND).contains(&passed), "{passed:?}");
    network.jump_clock(0, MINUTE);
    assert_eq!(network.time_at(0).since(before), passed + MINUTE);
    network.set_clock_rate(1, 0.0);
    let stopped = network.time_at(1);
    network.stage(1, |tags| tags.insert(1));
    network.run_for(MINUTE);
    assert_eq!(network.time_at(1), stopped);
    assert_eq!(tags(&network, 0), [1], "what needs no clock goes on");
    network.set_clock_rate(1, 1.0);
    network.conclude(MINUTE).unwrap();
}

/// A machine that was suspended: its clock stands still, and then jumps.
#[test]
fn a_suspended_replica_catches_up() {
    let mut network = network(3, Faults::none());
    network.set_clock_rate(2, 0.0);
    network.partition(&[&[2]]);
    for n in 0..100 {
        network.stage(n as usize % 2, |tags| tags.insert(n));
        network.run_for(SECOND);
    }
    network.heal();
    network.set_clock_rate(2, 1.0);
    network.jump_clock(2, 100 * SECOND);
    network.conclude(MINUTE).unwrap();
    assert_eq!(tags(&network, 2).len(), 100);
}

#[test]
fn edits_go_on_while_a_commit_is_in_progress() {
    let mut network = network(2, Faults::none().with_max_commit_time(SECOND));
    network.run_until_quiet(MINUTE).unwrap();
    let begin = network.now();
    for n in 0..20 {
        network.stage(0, |tags| tags.insert(n));
        network.run_for(Duration::from_millis(10));
    }
    assert!(network.unsaved(0) > 0 && tags(&network, 0).len() == 20);
    network.run_until_quiet(MINUTE).unwrap();
    assert!(network.now().since(begin) > Duration::from_millis(300));
    assert_eq!(tags(&network, 1).len(), 20);
    assert_eq!(network.unsaved(0), 0);
}

/// A commit reaches the disk before it is acknowledged, and a crash may come between.
#[test]
fn a_crash_in_the_middle_of_a_commit_keeps_all_or_nothing_of_it() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..50 {
        let faults = Faults::none().with_max_commit_time(SECOND);
        let mut network = Network::<Tags>::new(seed, 1, faults);
        network.stage(0, |tags| [1, 2, 3].map(|n| tags.insert(n)));
        network.run_for(Duration::from_millis(1)); // it begins
        network.stage(0, |tags| tags.insert(4));
        network.run_for(Duration::from_millis(300));
        let (unsaved, is_durable) = (network.unsaved(0), network.is_durable());
        network.crash(0);
        network.restart(0).unwrap();
        let left = tags(&network, 0);
        let expected: &[u64] = match unsaved {
            0 => &[1, 2, 3, 4],
            1 => &[1, 2, 3],
            _ => &[],
        };
        assert_eq!(left, expected, "seed {seed}");
        outcomes.insert((unsaved, is_durable));
    }
    assert!(outcomes.contains(&(1, false)) && outcomes.contains(&(2, false)), "{outcomes:?}");
}

#[test]
fn failing_disks_are_tried_again_and_may_have_stored_it_all_the_same() {
    let faults = Faults::none().with_failed_commits(0.9);
    let mut stored = BTreeSet::new();
    for seed in 0..20 {
        let mut network = Network::<Tags>::new(seed, 2, faults);
        network.stage(0, |tags| tags.insert(1));
        network.run_for(Duration::ZERO);
        if network.tally().failed_commits == 1 {
            assert!(!network.is_durable());
            let is_lost = network.unsaved(0) == 1;
            network.crash(0);
            network.restart(0).unwrap();
            assert_eq!(tags(&network, 0).is_empty(), is_lost);
            stored.insert(is_lost);
        }
        network.stage(0, |tags| tags.insert(2));
        network.conclude(MINUTE).unwrap();
        assert!(tags(&network, 1).contains(&2));
    }
    assert_eq!(stored.len(), 2, "both happen");
}

#[test]
fn who_leaves_is_told_of_and_takes_the_rest_along() {
    let mut network = network(3, Faults::none());
    network.stage(2, |tags| tags.insert(1));
    network.run_until_quiet(MINUTE).unwrap();
    network.partition(&[&[2]]);
    network.stage(2, |tags| tags.insert(2));
    network.run_for(SECOND);
    let disk = network.leave(2).unwrap();
    assert!(network.has_left(2) && !network.is_up(2));
    network.restart(2).unwrap();
    assert!(!network.is_up(2), "it has left for good");
    network.heal();
    network.conclude(MINUTE).unwrap();
    assert_eq!(tags(&network, 0), [1]);
    assert_eq!(network.durable(0).unwrap().replica().peers().len(), 1);

    let back = network.join(disk).unwrap();
    network.conclude(MINUTE).unwrap();
    assert_eq!((tags(&network, 0), tags(&network, back)), (vec![1, 2], vec![1, 2]));
}

/// Peers of one that vanished keep what it lacks, and stop when it leaves.
#[test]
fn who_vanishes_is_waited_for() {
    let config = Config::default().with_max_log(10_000);
    let mut network = Network::<Tags>::empty(1, Faults::none(), config);
    (1..=3).for_each(|number| {
        network.join(Memory::new(id(number).node())).unwrap();
    });
    network.run_for(SECOND);
    network.vanish(2);
    for n in 0..1_000 {
        network.stage(0, |tags| tags.insert(n));
        network.run_for(Duration::from_millis(10));
    }
    assert_eq!(network.durable(0).unwrap().replica().peers().len(), 2, "nobody was told");
    let kept = network.durable(0).unwrap().replica().buffered().deltas;
    assert!(kept > 2_000 && network.peak(0).deltas <= 10_000, "{kept}");
    assert!(network.conclude(MINUTE).is_err(), "it is waited for");
    network.leave(2);
    network.conclude(MINUTE).unwrap();
    assert_eq!(network.durable(0).unwrap().replica().buffered().total(), 0);
}

#[test]
fn tallies_and_stats_are_of_all_runs() {
    let mut network = network(3, Faults::none());
    for round in 0..5 {
        network.stage(0, |tags| tags.insert(round));
        network.run_for(SECOND);
        network.crash(1);
        network.restart(1).unwrap();
    }
    network.conclude(MINUTE).unwrap();
    let (tally, sent) = (network.tally(), network.stats().sent);
    assert_eq!((tally.sent, tally.bytes), (sent.total().messages, sent.total().bytes));
    assert!(sent.of(Kind::Compare).messages > 0 && sent.of(Kind::Gossip).messages > 20);
    assert_eq!(network.stats().edits, 5);
}
