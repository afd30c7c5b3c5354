//! How many round trips strong reads take.

use core::time::Duration;
use std::collections::BTreeMap;

use rejoin_quorum::Level::Strong;
use rejoin_sim::check::{Action, linearizable};

use crate::net::{Faults, Net, Role};
use crate::support::some;

const READ: Role = Role::Read(Strong);
const WRITE: Role = Role::Write(Strong);

/// Three voters, and nodes in these roles, for so many simulated seconds.
fn run_with(seed: u64, roles: &[(usize, Role)], faults: Faults, seconds: u64) -> Net {
    let roles = roles.iter().flat_map(|(count, role)| core::iter::repeat_n(*role, *count));
    let roles: Vec<Role> = core::iter::repeat_n(Role::Idle, 3).chain(roles).collect();
    let mut net = Net::new(seed, 3, &roles, faults);
    net.start();
    net.run_for(Duration::from_secs(seconds));
    linearizable(&net.history).unwrap();
    net
}

/// One second in which messages take 1 ms.
fn run(seed: u64, roles: &[(usize, Role)], hold: u64) -> Net {
    let name = format!("{roles:?}, hold {hold} ms");
    let hold = Duration::from_millis(hold);
    let net = run_with(seed, roles, Faults { hold, ..Faults::none() }, 1);
    assert_eq!(net.failed, 0);
    let counts = counts(&net);
    let reads: usize = counts.values().sum();
    let (writes, few) = (net.round_trips.len() - reads, within(&counts, 3));
    println!("{name}: {reads} reads, {few:.2} % in ≤ 3 round trips, {writes} writes: {counts:?}");
    net
}

/// How many strong reads took how many round trips.
fn counts(net: &Net) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    for (index, round_trips) in &net.round_trips {
        if matches!(net.history[*index].action, Action::Read { .. }) {
            *counts.entry(*round_trips).or_default() += 1;
        }
    }
    counts
}

/// How many of them took so many at most, in percent.
fn within(counts: &BTreeMap<u32, usize>, most: u32) -> f64 {
    let total: usize = counts.values().sum();
    let few: usize = counts.range(..=most).map(|(_, count)| count).sum();
    100.0 * few as f64 / total as f64
}

#[test]
fn one_round_trip_when_nobody_else_writes() {
    let counts_of = |roles: &[(usize, Role)]| counts(&run(1, roles, 4));
    let turns = counts_of(&[(1, Role::Both(Strong))]);
    assert!(turns.keys().eq(&[1]) && turns[&1] > 150, "{turns:?}");
    let readers = counts_of(&[(8, READ)]);
    assert!(readers.keys().eq(&[1]) && readers[&1] > 3_000, "{readers:?}");
}

#[test]
fn three_round_trips_at_most_mostly() {
    for seed in 0..5 {
        let counts = counts(&run(seed, &[(4, READ), (4, WRITE)], 4));
        assert!(within(&counts, 3) >= 99.0, "seed {seed}: {counts:?}");
    }
}

#[test]
fn everybody_gets_on_with_many_others() {
    for seed in some(3) {
        let net = run(seed, &[(16, READ), (16, WRITE)], 4);
        let mut ended = [0; 35];
        let done = net.history.iter().filter(|operation| operation.returned.is_some());
        done.for_each(|operation| ended[operation.session as usize] += 1);
        assert!(ended[3..].iter().all(|ended| *ended >= 50), "seed {seed}: {ended:?}");
    }
}

/// So it is the acceptors' holding back that helps.
#[test]
fn reads_starve_without_fairness() {
    let counts = counts(&run(0, &[(16, READ), (16, WRITE)], 0));
    assert!(within(&counts, 3) < 50.0, "{counts:?}");
}

/// Two simulated seconds of voters that are slow, and how many writes they have let in.
fn slow(seed: u64, roles: &[(usize, Role)], max_hold: Duration) -> (Net, usize) {
    let delay = (Duration::from_micros(500), Duration::from_millis(4));
    let commit = Duration::from_millis(12);
    let net = run_with(seed, roles, Faults { delay, commit, max_hold, ..Faults::none() }, 2);
    let writes = net.round_trips.len() - counts(&net).values().sum::<usize>();
    (net, writes)
}

/// An attempt takes several times as long as writes are held back at least.
#[test]
fn reads_of_slow_voters_do_not_starve_beside_many_writers() {
    let (writers, max_hold) = ((128, WRITE), Faults::none().max_hold);
    for seed in some(2) {
        let (net, writes) = slow(seed, &[(1, READ), writers], max_hold);
        let counts = counts(&net);
        // An answer of the third attempt may come when the fourth has begun.
        assert!(within(&counts, 4) >= 95.0, "seed {seed}: {counts:?}");
        assert!(counts.values().sum::<usize>() >= 20 && net.failed == 0, "seed {seed}: {counts:?}");
        let (_, alone) = slow(seed, &[writers], max_hold);
        assert!(writes * 3 >= alone, "seed {seed}: {writes} of {alone} writes");
    }
    // So it is that they are held back for as long as it takes.
    let (net, _) = slow(0, &[(1, READ), writers], Faults::none().hold);
    assert!(within(&counts(&net), 4) < 50.0, "{:?}", counts(&net));
}
