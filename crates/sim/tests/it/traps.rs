//! What replicated types have fallen into: each as a run of its own.

use std::time::Duration;

use rejoin_durable::Memory;
use rejoin_sim::{Faults, Network};
use rejoin_store::Config;

use crate::support::{Tags, id, some};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

const SEEN: u64 = 1;
const AGAIN: u64 = 2;
const RED: u64 = 3;
/// What is below is old.
const NEW: u64 = 50;
const MINE: u64 = 1_000;

fn tags(network: &Network<Tags>, index: usize) -> Vec<u64> {
    network.state(index).iter().copied().collect()
}

/// One removes what another has, and it is added again at a third, in every order of arrival.
#[test]
fn a_removal_takes_what_it_has_seen_and_nothing_else_across_three_replicas() {
    for seed in some(200) {
        let mut network = Network::<Tags>::new(seed, 3, Faults::harsh());
        network.stage(0, |tags| tags.insert(SEEN));
        network.stage(0, |tags| tags.insert(AGAIN));
        network.run_until_quiet(MINUTE).unwrap();

        network.partition(&[&[0], &[1], &[2]]);
        network.stage(0, |tags| tags.remove(&SEEN));
        network.stage(0, |tags| tags.remove(&AGAIN));
        network.stage(1, |tags| tags.remove(&AGAIN));
        network.stage(2, |tags| tags.insert(AGAIN)); // concurrently: the addition wins
        network.run_for(SECOND);
        network.heal();
        network.run_until_quiet(MINUTE).unwrap();
        assert_eq!(tags(&network, 0), [AGAIN], "seed {seed}");

        network.stage(1, |tags| tags.remove(&AGAIN)); // it has seen that addition
        network.stage(1, |tags| tags.insert(SEEN));
        network.conclude(MINUTE).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!((0..3).all(|index| tags(&network, index) == [SEEN]), "seed {seed}");
    }
}

/// It missed more than anybody keeps, removals included, and has edits of its own.
#[test]
fn a_replica_away_for_longer_than_the_log_neither_loses_nor_brings_back() {
    for seed in some(50) {
        let config = Config::default().with_max_log(500);
        let mut network = Network::<Tags>::empty(seed, Faults::harsh(), config);
        (1..=3).for_each(|number| {
            network.join(Memory::new(id(number).node())).unwrap();
        });
        for n in 0..NEW {
            network.stage(0, |tags| tags.insert(n));
        }
        network.run_until_quiet(MINUTE).unwrap();

        network.vanish(2);
        for n in 0..NEW {
            let at = usize::from(n % 2 > 0);
            network.stage(at, |tags| tags.remove(&n));
            network.stage(at, |tags| tags.insert(NEW + n));
            network.run_for(Duration::from_millis(100));
        }
        network.partition(&[&[2]]);
        network.restart(2).unwrap();
        network.stage(2, |tags| tags.insert(MINE));
        network.stage(2, |tags| tags.remove(&7));
        network.run_for(SECOND);
        network.heal();
        network.conclude(10 * MINUTE).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        for index in 0..3 {
            let tags = tags(&network, index);
            assert_eq!(tags.len(), 51, "seed {seed}");
            assert!(tags.contains(&MINE) && !tags.iter().any(|tag| *tag < NEW));
        }
        assert!(network.stats().syncs > 0, "the log was long enough");
    }
}

/// A newcomer gets the whole value, and may write at once.
#[test]
fn a_newcomer_that_writes_before_it_has_heard_anything_loses_nothing() {
    for seed in 0..100 {
        let mut network = Network::<Tags>::new(seed, 3, Faults::harsh());
        network.stage(0, |tags| tags.insert(RED));
        network.run_until_quiet(MINUTE).unwrap();
        network.stage(1, |tags| tags.remove(&RED));
        let newcomer = network.join(Memory::new(id(100).node())).unwrap();
        network.stage(newcomer, |tags| tags.insert(RED));
        network.conclude(10 * MINUTE).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!((0..4).all(|index| tags(&network, index) == [RED]), "seed {seed}");
    }
}
