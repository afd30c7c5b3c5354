//! Larger worlds than can be explored, at random: what is recorded has to be linearizable.

use core::time::Duration;

use rejoin_quorum::{Level, Level::Strong, Quorum};
use rejoin_sim::check::{self, Action, Guarantee, linearizable};

use crate::net::{Faults, Net, Role};
use crate::replicated::seeds;
use crate::support::some;

/// Five voters and three others, of which some crash, some are cut off, and some lose their disk
/// and are replaced; then everything is well, and everybody gets an answer.
fn run(seed: u64, level: Level) -> Net {
    let mut rng = fastrand::Rng::with_seed(seed);
    let roles = [Role::Both(level); 8];
    let mut net = Net::new(seed, 5, &roles, Faults::harsh());
    net.patience = Duration::from_millis(100);
    let mut voters: Vec<usize> = (0..5).collect();
    net.start();
    for _ in 0..30 {
        net.run_for(Duration::from_millis(rng.u64(1..100)));
        let node = rng.usize(..net.nodes.len());
        let down = net.nodes.iter().filter(|node| !node.up).count();
        match rng.u8(..6) {
            0 | 1 if down < 2 && net.nodes[node].up => net.crash(node),
            2 => (0..net.nodes.len()).for_each(|node| net.restart_if_down(node)),
            3 => net.cut_off = vec![node],
            4 => net.cut_off.clear(),
            // Its disk is gone. Another node takes its place.
            5 if net.nodes.len() < 11 && down == 0 && !net.is_changing() => {
                let lost = rng.usize(..voters.len());
                net.lose(voters[lost]);
                voters[lost] = net.join(Role::Both(level));
                let at = (0..8).find(|node| net.nodes[*node].up).unwrap();
                net.change_voters(at, &voters);
                net.run_for(Duration::from_millis(200));
            }
            _ => {}
        }
    }
    net.cut_off.clear();
    (0..net.nodes.len()).for_each(|node| net.restart_if_down(node));
    net.run_for(Duration::from_secs(1));
    net.stop();
    net.run_for(Duration::from_secs(1));
    net
}

#[test]
fn strong_operations_are_linearizable() {
    let (mut reads, mut failed, mut changes) = (0, 0, 0);
    for seed in seeds(50) {
        let mut net = run(seed, Strong);
        linearizable(&net.history).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(check::sessions(&net.history), [], "seed {seed}");
        let is_read = |index: &&usize| matches!(net.history[**index].action, Action::Read { .. });
        reads += net.round_trips.keys().filter(is_read).count();
        (failed, changes) = (failed + net.failed, changes + net.changed);

        // Whoever is left reads everything that was confirmed, and the same.
        let before = net.history.len();
        for node in 0..net.nodes.len() {
            if net.nodes[node].up {
                net.begin(node, Role::Read(Strong));
            }
        }
        net.start();
        net.run_for(Duration::from_secs(1));
        let unanswered = net.history[before..].iter().filter(|read| read.returned.is_none());
        assert_eq!(unanswered.count(), 0, "seed {seed}");
        linearizable(&net.history).unwrap();
    }
    println!("{reads} reads, {failed} failed operations, {changes} changes of voters");
    let seeds = usize::try_from(seeds(50).end).unwrap();
    let is_busy = reads > 200 * seeds && failed > 2 * seeds && changes > seeds / 3;
    assert!(is_busy, "{reads} {failed} {changes}");
}

/// Otherwise the network is too kind.
#[test]
fn majority_reads_are_not() {
    let majority = Level::Quorum(Quorum::Majority);
    let broken = (0..16).filter(|seed| linearizable(&run(*seed, majority).history).is_err());
    assert!(broken.count() > 2);
}

/// What a majority read promises: it sees what a majority has confirmed before.
#[test]
fn majority_reads_see_what_was_confirmed() {
    let majority = Level::Quorum(Quorum::Majority);
    for seed in some(20) {
        let history = run(seed, majority).history;
        let own = [Guarantee::ReadYourWrites, Guarantee::MonotonicReads];
        let broken = check::sessions(&history);
        assert!(!broken.iter().any(|v| own.contains(&v.guarantee)), "seed {seed}: {broken:?}");
        let mut confirmed: Vec<_> = history
            .iter()
            .filter_map(|operation| match &operation.action {
                Action::Write { dots, .. } => Some((operation.returned?, dots)),
                Action::Read { .. } => None,
            })
            .collect();
        confirmed.sort_by_key(|(returned, _)| *returned);
        for read in &history {
            let (Action::Read { seen, .. }, Some(_)) = (&read.action, read.returned) else {
                continue;
            };
            let before = confirmed.iter().take_while(|(returned, _)| *returned < read.invoked);
            assert!(before.into_iter().all(|(_, dots)| seen.is_superset(dots)), "seed {seed}");
        }
    }
}
