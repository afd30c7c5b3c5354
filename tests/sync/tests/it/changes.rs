//! Crashes, joining and leaving replicas, partitions, and links that come and go.

use core::time::Duration;

use rejoin_core::Crdt;
use rejoin_gossip::GossipConfig;
use rejoin_sets::GSet;
use rejoin_sync_tests::ours::Ours;
use rejoin_sync_tests::workload::{Additions, replica};
use rejoin_sync_tests::{Algorithm, Cost, Network, Outcome, Plan, Topology};

use crate::seeds;

type Net = Network<Ours<GSet<u64>>>;

/// Runs 40 events on the mesh while `between` changes things, at each loss and for some seeds.
fn check(what: &str, between: impl Fn(&mut Net, u64)) {
    for loss in [0, 5, 20] {
        for seed in seeds(4) {
            let outcome = run(loss, seed, &between);
            assert!(outcome.converged, "{what}, {loss} % lost, seed {seed}: not equal");
            assert!(outcome.silent, "{what}, {loss} % lost, seed {seed}: not silent");
        }
    }
}

fn run(loss: u64, seed: u64, between: impl Fn(&mut Net, u64)) -> Outcome {
    let plan = Plan { events: 40, loss, seed, limit: 3000, ..Plan::PAPER };
    let mut net = Network::new(Topology::mesh(), plan, Ours::new);
    net.run_with(&Additions, |net| {
        let second = net.second();
        between(net, second);
    })
}

/// Severs a node from all others, or joins it again.
fn isolate(net: &mut Net, node: usize, cut: bool) {
    for &peer in Topology::mesh().of_node(node) {
        net.cut(node, peer, cut);
    }
}

#[test]
fn a_crash_is_survived() {
    check("crash", |net, second| {
        if second == 15 || second == 16 {
            net.nodes()[3].restart(second);
        }
    });
}

#[test]
fn all_crash_one_after_the_other() {
    check("crashes", |net, second| {
        if (10..25).contains(&second) {
            net.nodes()[second as usize - 10].restart(second);
        }
    });
}

/// After a crash only what the neighbours lack is sent, not everything they have.
#[test]
fn a_crash_sends_no_states_around() {
    let calm = run(0, 1, |_, _| {}).sent;
    let crash = run(0, 1, |net, second| {
        if second == 39 {
            net.nodes()[3].restart(second);
        }
    });
    // A clock to and from each neighbour, and at most a round of deltas again on its links.
    let more = crash.sent.units() - calm.units();
    assert!(more < 500, "{more}");
}

#[test]
fn a_node_that_was_away_catches_up() {
    check("away", |net, second| match second {
        5 => isolate(net, 7, true),
        30 => {
            isolate(net, 7, false);
            net.nodes()[7].restart(second);
        }
        _ => {}
    });
}

/// No transport told anyone; nobody restarted.
#[test]
fn an_unnoticed_partition_heals() {
    let cross = |net: &mut Net, cut| {
        for a in 0..7 {
            for b in 7..15 {
                if Topology::mesh().of_node(a).contains(&b) {
                    net.cut(a, b, cut);
                }
            }
        }
    };
    check("partition", |net, second| match second {
        5 => cross(net, true),
        60 => cross(net, false),
        _ => {}
    });
}

/// Over links that bring nothing, less and less is tried.
#[test]
fn a_silent_link_is_probed_ever_less() {
    let marks = core::cell::RefCell::new(Vec::new());
    let outcome = run(0, 1, |net, second| match second {
        5 => isolate(net, 7, true),
        900 => isolate(net, 7, false),
        300 | 899 => marks.borrow_mut().push(net.sent().messages),
        _ => {}
    });
    assert!(outcome.converged && outcome.silent);
    let marks = marks.into_inner();
    // Ten minutes, eight directions, and about a minute and a half from probe to probe.
    let probes = marks[1] - marks[0];
    assert!((8..=64).contains(&probes), "{probes}");
}

/// A link of every tree is gone, and its ends have been told.
#[test]
fn removed_links_are_replaced() {
    check("removed links", |net, second| {
        let pairs = [(0, 1), (4, 8), (9, 10), (3, 14)];
        if let Some(&(a, b)) = second.checked_sub(10).and_then(|at| pairs.get(at as usize)) {
            net.cut(a, b, true);
            net.nodes()[a].unlink(b);
            net.nodes()[b].unlink(a);
        }
    });
}

/// The same, and they have not been told: the digests of the other links bring it out.
#[test]
fn dead_links_are_routed_around() {
    for seed in seeds(4) {
        let plan = Plan { events: 60, seed, limit: 200, ..Plan::PAPER };
        let mut net: Net = Network::new(Topology::mesh(), plan, Ours::new);
        let outcome = net.run_with(&Additions, |net| {
            if net.second() == 20 {
                net.cut(0, 1, true);
                net.cut(0, 4, true);
                net.cut(0, 11, true);
            }
        });
        assert!(outcome.converged, "seed {seed}");
        let config = GossipConfig::paced(Duration::from_secs(1));
        let repair = config.lazy_delay + config.digest_interval * 2 + config.grace;
        assert!(outcome.lag <= repair.as_secs(), "seed {seed}: {}", outcome.lag);
    }
}

#[test]
fn a_new_node_joins() {
    for loss in [0, 5, 20] {
        for seed in seeds(4) {
            let plan = Plan { events: 40, loss, seed, limit: 3000, ..Plan::PAPER };
            // The last one of 16 has no links at first.
            let ring = (0..15).flat_map(|node| [(node, (node + 1) % 15), (node, (node + 4) % 15)]);
            let mut net: Net = Network::new(Topology::of(16, ring), plan, Ours::new);
            let outcome = net.run_with(&Additions, |net| {
                let second = net.second();
                if second == 20 {
                    for peer in [2, 8] {
                        net.nodes()[15].link(second, peer);
                        net.nodes()[peer].link(second, 15);
                    }
                }
                catch_up_all(net);
            });
            assert!(outcome.converged && outcome.silent, "{loss} % lost, seed {seed}");
        }
    }
}

/// Brings states to those who lack what is not kept any more, as the store's own exchange does.
fn catch_up_all(net: &mut Net) -> Cost {
    let mut cost = Cost::default();
    let nodes = net.nodes();
    for from in 0..nodes.len() {
        for to in 0..nodes.len() {
            if let Ok([a, b]) = nodes.get_disjoint_mut([from, to]) {
                cost += a.catch_up(b);
            }
        }
    }
    cost
}

/// With hardly any room in the log, deltas are dropped before all have them. Nothing is lost: the
/// neighbour is known to be behind.
#[test]
fn a_full_log_makes_neighbours_fall_behind_and_no_more() {
    let mut config = GossipConfig::paced(Duration::from_secs(1));
    config.max_log = 20;
    let plan = Plan { events: 30, loss: 20, seed: 3, limit: 1000, ..Plan::PAPER };
    let make = |node, near: &[usize]| Ours::with(node, near, config.clone(), None);
    let mut net: Net = Network::new(Topology::mesh(), plan, make);
    let states = core::cell::Cell::new(0);
    let outcome = net.run_with(&Additions, |net| {
        states.set(states.get() + catch_up_all(net).messages);
        let kept = |node: &Ours<GSet<u64>>| node.gossip().kept().map(GSet::len).sum::<usize>();
        assert!(net.nodes().iter().map(kept).max().unwrap_or(0) <= 40);
    });
    assert!(outcome.converged && outcome.silent);
    assert!(states.get() > 0, "the log was never too small");
}

/// What is pruned is pruned by choice: every writer's deltas have one way in at every other node.
#[test]
fn every_writer_has_one_parent_everywhere() {
    let plan = Plan { events: 40, ..Plan::PAPER };
    let mut net: Net = Network::new(Topology::mesh(), plan, Ours::new);
    net.run(&Additions);
    for node in 0..15 {
        let gossip = net.nodes()[node].gossip();
        for writer in (0..15).filter(|writer| *writer != node) {
            let origin = replica(writer);
            let parent = gossip.parent(origin).expect("something came");
            assert!(!gossip.declines(parent, origin), "{node} declines its only way to {writer}");
        }
    }
    let mut all = GSet::new();
    for node in net.nodes() {
        all.merge(node.state().clone());
    }
    assert_eq!(all.len(), 600);
}
