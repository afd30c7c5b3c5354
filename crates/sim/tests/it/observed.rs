//! What replicas report of lag and staleness, beside what the simulator knows.
//!
//! Each write is a tag of its own, so that it can be seen in a value when it comes, and nothing of
//! how replicas measure has part in it.

use std::collections::BTreeMap;
use std::time::Duration;

use rejoin_core::ReplicaId;
use rejoin_durable::Memory;
use rejoin_observe::{Excess, Limits, ObserveConfig, Report, Summary};
use rejoin_sim::{Dice, Faults, Mistake, Network};
use rejoin_store::{Config, Time, WallTime};

use crate::support::Tags;

const REPLICAS: usize = 4;

fn id(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number)
}

/// How long a sampled read waits for what it has missed.
const WINDOW: Duration = Duration::from_secs(20);

/// Stamps are in milliseconds, rounded down; and so is what this test sees.
const RESOLUTION: Duration = Duration::from_millis(1);

fn ms(millis: usize) -> Duration {
    Duration::from_millis(millis as u64)
}

/// A network, and a record of who wrote what and when it came where.
struct World {
    network: Network<Tags>,
    dice: Dice,
    /// Which replica wrote each tag, and when.
    written: Vec<(usize, Time)>,
    /// When each tag was first seen at each replica.
    seen: [BTreeMap<u64, Time>; REPLICAS],
    /// When a client read at each replica.
    reads: [Vec<Time>; REPLICAS],
}

impl World {
    /// Wall clocks are up to `skew` apart.
    fn new(seed: u64, faults: Faults, skew: Duration) -> Self {
        let observe = ObserveConfig::default()
            .with_sample_every(1)
            .with_stale_window(WINDOW)
            .with_recent(Duration::from_secs(100_000));
        let mut network = Network::empty(seed, faults, Config::default());
        network.set_observe(observe);
        let mut dice = Dice::new(seed);
        for index in 0..REPLICAS {
            network.join(Memory::new(id(index as u128 + 1).node())).unwrap();
            let off = ms(dice.roll(skew.as_millis() as usize + 1));
            let begin = WallTime::from_unix_millis(1_000_000_000);
            network.set_wall_clock(index, begin.saturating_add(off));
        }
        network.run_for(ms(2_000)); // what is written before they have met comes without stamps
        Self {
            network,
            dice,
            written: Vec::new(),
            seen: Default::default(),
            reads: Default::default(),
        }
    }

    /// Runs for so long, and looks each millisecond what has come where.
    fn run_for(&mut self, duration: Duration) {
        let until = self.network.now() + duration;
        while self.network.now() < until {
            let before = self.network.stats().merged;
            let left = until.since(self.network.now());
            self.network.run_for(left.min(RESOLUTION));
            if self.network.stats().merged > before {
                self.look();
            }
        }
    }

    fn look(&mut self) {
        let now = self.network.now();
        for (index, seen) in self.seen.iter_mut().enumerate() {
            for tag in self.network.state(index).iter() {
                seen.entry(*tag).or_insert(now);
            }
        }
    }

    fn write(&mut self) {
        let index = self.dice.roll(REPLICAS);
        let tag = self.written.len() as u64;
        self.written.push((index, self.network.now()));
        self.seen[index].insert(tag, self.network.now());
        self.network.stage(index, |tags| tags.insert(tag));
    }

    fn read(&mut self) {
        let index = self.dice.roll(REPLICAS);
        // More would not be sampled.
        let is_spaced =
            |last: &Time| self.network.now().since(*last) > WINDOW / 1_024 + 2 * RESOLUTION;
        if self.reads[index].last().is_none_or(is_spaced) {
            self.reads[index].push(self.network.now());
            self.network.count_read(index);
        }
    }

    /// Writes and reads for some simulated time, at random moments.
    fn step_random(&mut self, actions: usize) {
        for _ in 0..actions {
            match self.dice.roll(3) {
                0 => self.write(),
                _ => self.read(),
            }
            let pause = ms(1 + self.dice.roll(60));
            self.run_for(pause);
        }
    }

    /// Lets all come where it goes, and all samples get their verdict.
    fn end(&mut self) {
        self.network.heal();
        self.network.set_faults(Faults::none());
        self.run_for(WINDOW + Duration::from_secs(10));
        let all = self.written.len();
        assert!(self.seen.iter().all(|seen| seen.len() == all), "not everything has come");
    }

    fn report(&self, index: usize) -> Report {
        self.network.report(index).unwrap()
    }

    /// How long each write of others took to this replica, and how long the oldest that came at the
    /// same moment from the same writer did.
    fn lags(&self, index: usize) -> (Vec<Duration>, Vec<Duration>) {
        let came = |(tag, at): (&u64, &Time)| {
            let (writer, then) = self.written[usize::try_from(*tag).unwrap()];
            (writer != index).then_some((writer, *at, then))
        };
        let came: Vec<_> = self.seen[index].iter().filter_map(came).collect();
        let mut oldest = BTreeMap::new();
        for (writer, at, then) in &came {
            let first = oldest.entry((*writer, *at)).or_insert(*then);
            *first = (*first).min(*then);
        }
        let own = came.iter().map(|(_, at, then)| at.since(*then)).collect();
        let first = came.iter().map(|(writer, at, _)| at.since(oldest[&(*writer, *at)])).collect();
        (own, first)
    }

    /// How many reads were stale: a write was made, by someone else, so long before or after, and
    /// came later, within the window.
    fn stale(&self, index: usize, window: Duration, is_before: impl Fn(Time, Time) -> bool) -> u64 {
        let is_stale = |read: &&Time| {
            self.seen[index].iter().any(|(tag, at)| {
                let (writer, then) = self.written[usize::try_from(*tag).unwrap()];
                writer != index && is_before(then, **read) && at > read && at.since(**read) < window
            })
        };
        self.reads[index].iter().filter(is_stale).count() as u64
    }

    /// Whether what replica `index` reports is what was so, if clocks are off by `skew` at most.
    fn check(&self, index: usize, skew: Duration) -> Result<(), String> {
        let report = self.report(index);
        let error = skew + RESOLUTION;
        let (own, first) = self.lags(index);
        if report.lag.summary.count + report.lag.unmeasured != own.len() as u64 {
            return Err(format!("{:?} of {} writes", report.lag, own.len()));
        }
        check_lag(&report.lag.summary, own, first, error)?;
        let least = self.stale(index, WINDOW - 2 * RESOLUTION, |then, read| then + error <= read);
        let most = self.stale(index, WINDOW + 2 * RESOLUTION, |then, read| then <= read + error);
        let told = report.staleness;
        let reads = self.reads[index].len() as u64;
        if told.stale + told.unknown < least || told.stale > most {
            return Err(format!("{told:?} where {least} to {most} of {reads} were stale"));
        }
        if told.stale + told.fresh + told.unknown != reads || report.reads != reads {
            return Err(format!("{told:?} of {reads} reads"));
        }
        Ok(())
    }
}

/// Between the lags of the writes themselves, and those with what came along as old as the oldest
/// of it; with the error of the clocks, and of the histogram.
///
/// Those that were not measured may have been the longest or the shortest.
fn check_lag(
    told: &Summary,
    mut own: Vec<Duration>,
    mut first: Vec<Duration>,
    error: Duration,
) -> Result<(), String> {
    own.sort_unstable();
    first.sort_unstable();
    let measured = told.count as usize;
    if measured == 0 {
        return Err("nothing was measured".to_owned());
    }
    let (own, first) = (&own[..measured], &first[first.len() - measured..]);
    let mean = |all: &[Duration]| all.iter().sum::<Duration>() / all.len() as u32;
    let rank = |all: &[Duration], percent: usize| all[(all.len() * percent).div_ceil(100) - 1];
    for (name, told, least, most) in [
        ("mean", told.mean, mean(own), mean(first)),
        ("p50", told.p50, rank(own, 50), rank(first, 50)),
        ("p99", told.p99, rank(own, 99), rank(first, 99)),
        ("max", told.max, rank(own, 100), rank(first, 100)),
    ] {
        let most = most + error;
        if told + error < least || told > most + most / 32 {
            return Err(format!("{name} {told:?}, which was {least:?} to {most:?}"));
        }
    }
    Ok(())
}

fn slow() -> Faults {
    Faults::none().with_delay(ms(5), ms(60))
}

/// Every message arrives, so nearly every write comes by itself, and what is told is exact.
fn calm(seed: u64, skew: Duration) -> World {
    let mut world = World::new(seed, slow(), skew);
    world.step_random(150);
    world.end();
    world
}

/// Messages get lost, clocks start anywhere, and replicas are cut off for some seconds.
fn rough(seed: u64, skew: Duration) -> World {
    let faults = slow().with_loss(0.2).with_duplicate(0.1).with_clocks(0.0, ms(3_600_000));
    let mut world = World::new(seed, faults, skew);
    for _ in 0..3 {
        world.step_random(40);
        let cut = world.dice.roll(REPLICAS);
        world.network.partition(&[&[cut]]);
        world.step_random(60);
        world.network.heal();
    }
    world.end();
    world
}

#[track_caller]
fn check_all(world: &World, skew: Duration, seed: u64) {
    for index in 0..REPLICAS {
        world.check(index, skew).unwrap_or_else(|error| panic!("seed {seed}, {index}: {error}"));
    }
}

#[test]
fn lag_and_staleness_are_what_the_simulator_knows() {
    let (mut stale, mut fresh, mut measured, mut unmeasured, mut tight) = (0, 0, 0, 0, 0);
    for seed in 0..12 {
        let world = calm(seed, Duration::ZERO);
        check_all(&world, Duration::ZERO, seed);
        for index in 0..REPLICAS {
            let report = world.report(index);
            assert_eq!(report.lag.ahead, 0, "seed {seed}");
            measured += report.lag.summary.count;
            unmeasured += report.lag.unmeasured;
            stale += report.staleness.stale;
            fresh += report.staleness.fresh;
            tight += usize::from(world.lags(index).0 == world.lags(index).1);
        }
    }
    assert!(stale > 200 && fresh > 400, "{stale} and {fresh}: there is nothing to tell apart");
    assert!(tight > 36, "only {tight} of 48 are checked without slack");
    assert!(unmeasured * 50 < measured, "{unmeasured} are not measured, and {measured} are");
}

#[test]
fn what_clocks_are_off_is_all_that_it_is_off() {
    let skew = Duration::from_millis(300);
    let mut ahead = 0;
    for seed in 0..12 {
        let world = calm(seed, skew);
        check_all(&world, skew, seed);
        ahead += (0..REPLICAS).map(|index| world.report(index).lag.ahead).sum::<u64>();
    }
    assert!(ahead > 60, "{ahead}: no clock is ahead");
}

#[test]
fn outages_and_loss_do_not_hide() {
    let (mut seconds, mut measured, mut unmeasured) = (0, 0, 0);
    for (seed, skew) in (0..6).flat_map(|seed| [(seed, 0), (seed, 100)]) {
        let world = rough(seed, ms(skew));
        check_all(&world, ms(skew), seed);
        for index in 0..REPLICAS {
            let lag = world.report(index).lag;
            seconds += u64::from(lag.summary.max > Duration::from_secs(1));
            measured += lag.summary.count;
            unmeasured += lag.unmeasured;
        }
    }
    assert!(seconds > 36, "{seconds}: the outages were not noticed");
    assert!(unmeasured * 2 < measured, "{unmeasured} are not measured, and {measured} are");
}

#[test]
fn the_comparison_finds_stamps_made_on_arrival() {
    for seed in 0..10 {
        let mut world = World::new(seed, slow(), Duration::ZERO);
        world.network.plant(1, Mistake::LateStamps);
        world.step_random(150);
        world.end();
        let error = world.check(1, Duration::ZERO).unwrap_err();
        assert!(error.starts_with("mean "), "seed {seed}: {error}");
        let told = world.report(1).staleness.stale;
        let stale = world.stale(1, WINDOW, |then, read| then < read);
        assert!(told < stale, "seed {seed}: {told} of {stale}");
    }
}

#[test]
fn the_comparison_finds_clocks_that_are_further_apart_than_told() {
    let found = (0..10).filter(|seed| {
        let world = calm(*seed, Duration::from_secs(1));
        (0..REPLICAS).any(|index| world.check(index, Duration::from_millis(10)).is_err())
    });
    assert_eq!(found.count(), 10);
}

#[test]
fn what_comes_after_the_window_is_not_seen_by_it() {
    let mut world = World::new(1, Faults::none(), Duration::ZERO);
    world.network.partition(&[&[0]]);
    world.network.stage(1, |tags| tags.insert(1));
    world.network.run_for(ms(10));
    world.network.count_read(0); // a stale one
    world.network.run_for(WINDOW + ms(1));
    world.network.heal();
    world.network.run_for(WINDOW);
    assert!(world.network.is_converged());
    let told = world.report(0).staleness;
    assert_eq!((told.stale, told.fresh), (0, 1));
    assert!(world.report(0).lag.summary.max > WINDOW, "but the lag shows it");
}

#[test]
fn the_divergence_window_grows_while_a_peer_is_away_and_health_tells() {
    let mut network = Network::<Tags>::new(3, 3, Faults::none());
    network.run_for(Duration::from_secs(5));
    let window = |network: &Network<Tags>| network.report(0).unwrap().divergence_window;
    assert_eq!(window(&network), Duration::ZERO);
    network.partition(&[&[2]]);
    network.stage(0, |tags| tags.insert(1));
    network.run_for(Duration::from_secs(40));
    assert_eq!(window(&network), Duration::from_secs(40));
    let limits = Limits::default();
    let health = network.report(0).unwrap().health(&limits);
    let (window_is, limit) = (Duration::from_secs(40), limits.divergence_window);
    assert_eq!(health.excesses(), [Excess::DivergenceWindow { window: window_is, limit }]);
    assert_eq!(health.to_string(), "divergence window 40.0s, limit 30.0s");
    // What it relays counts as well.
    let relay = network.report(1).unwrap();
    assert!(relay.divergence_window > Duration::from_secs(39), "{relay}");

    network.heal();
    network.run_for(Duration::from_secs(10));
    assert_eq!(window(&network), Duration::ZERO);
    let health = network.report(0).unwrap().health(&limits);
    assert!(health.is_healthy(), "{health}");
}

/// The log is too short for what the peer lacks, and its age must not begin anew for that.
#[test]
fn a_peer_that_fell_off_the_log_counts_from_what_was_dropped() {
    let config = Config::default().with_max_log(300);
    let mut network = Network::<Tags>::empty(3, Faults::none(), config);
    (1..=2).for_each(|number| _ = network.join(Memory::new(id(number).node())).unwrap());
    network.run_for(Duration::from_secs(5));
    network.partition(&[&[1]]);
    let mut last = Duration::ZERO;
    for tag in 0..200 {
        network.stage(0, |tags| tags.insert(tag));
        network.run_for(ms(100));
        let report = network.report(0).unwrap();
        assert_eq!(report.divergence_window, last + ms(100), "after {tag}");
        last = report.divergence_window;
    }
    network.heal();
    network.run_for(Duration::from_secs(10));
    let report = network.report(0).unwrap();
    assert_eq!(report.divergence_window, Duration::ZERO);
}
