//! A type with nothing but a `merge`, replicated.

use std::time::Duration;

use rejoin_core::{Crdt, Decompose, Diff, JoinCursor, Whole};
use rejoin_sim::{Faults, Network};
use serde::{Deserialize, Serialize};

/// The highest temperature, and who felt it: the least that makes a lattice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Hottest(u64, String);

impl Crdt for Hottest {
    fn merge(&mut self, other: Self) -> bool {
        let hotter = (other.0, &other.1) > (self.0, &self.1);
        if hotter {
            *self = other;
        }
        hotter
    }
}

/// The same as a field among others.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Serialize, Deserialize)]
struct Weather {
    hottest: Whole<Hottest>,
    reports: rejoin_counters::GCounter,
}

fn check<S>(report: impl Fn(&mut S::Cursor<'_>, Hottest), read: impl Fn(&S) -> &Hottest)
where
    S: rejoin_store::Replicated + rejoin_core::Edit + PartialEq + std::fmt::Debug,
{
    for seed in 0..50 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut network = Network::<S>::new(seed, 3, Faults::harsh());
        let mut expected = Hottest::default();
        for _ in 0..60 {
            let (at, heat) = (rng.usize(..3), rng.u64(..1_000));
            let felt = Hottest(heat, format!("replica {at}"));
            network.stage(at, |cursor| report(cursor, felt.clone()));
            expected.merge(felt);
            network.run_for(Duration::from_millis(rng.u64(..200)));
        }
        network.heal();
        network.run_until_quiet(Duration::from_secs(3_600)).expect("the replicas become equal");
        assert_eq!(read(network.state(0)), &expected, "seed {seed}");
    }
}

#[test]
fn a_merge_is_enough() {
    let report = |hottest: &mut JoinCursor<'_, Hottest>, felt| {
        hottest.join(felt);
    };
    check::<Whole<Hottest>>(report, |hottest| hottest);
}

#[test]
fn a_merge_is_enough_for_a_field() {
    let report = |weather: &mut WeatherCursor<'_>, felt| {
        weather.hottest().join(felt);
        weather.reports().increment(1);
    };
    check::<Weather>(report, |weather| &weather.hottest);
}
