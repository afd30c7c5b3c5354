//! Random runs against the oracle, and the planted faults that it has to notice.
//!
//! `REJOIN_SEEDS=10000 cargo test -p rejoin-store --release simulation` looks harder.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rejoin_core::{Causal, DotFun, DotMap, DotSet};
use rejoin_counters::PnCounter;
use rejoin_maps::OrMap;
use rejoin_store::sim::{Faults, Network};
use rejoin_store::{Config, Memory, Replicated, Storage};

use crate::oracle::{Run, Subject, pick};
use crate::support::{Fault, Faulty, Item, id};

fn seeds() -> u64 {
    std::env::var("REJOIN_SEEDS").map_or(300, |seeds| seeds.parse().expect("a number of seeds"))
}

impl Subject for OrMap<u8, Item> {
    fn scribble(doc: &mut Self::Cursor<'_>, rng: &mut fastrand::Rng, unique: u64) {
        let key = rng.u8(0..3);
        match rng.u8(0..10) {
            0..4 => {
                doc.entry(key).tags().insert(unique);
            }
            4..6 => {
                let tags = doc.get(&key).map(|item| item.tags.iter().copied().collect::<Vec<_>>());
                if let Some(tag) = pick(rng, tags.unwrap_or_default().into_iter()) {
                    assert!(doc.entry(key).tags().remove(&tag));
                }
            }
            6..8 => doc.entry(key).title().set(unique.to_string()),
            8 => {
                doc.remove(&key);
            }
            _ => {
                doc.entry(key).tags().clear();
                doc.entry(rng.u8(0..3)).tags().insert(unique);
            }
        }
    }

    fn read(&self) -> BTreeSet<u64> {
        let items = self.values();
        items
            .flat_map(|item| {
                let titles = item.title.values().map(|title| title.parse().unwrap());
                item.tags.iter().copied().chain(titles).collect::<Vec<u64>>()
            })
            .collect()
    }
}

impl Subject for DotMap<u64, DotSet> {
    fn scribble(set: &mut Self::Cursor<'_>, rng: &mut fastrand::Rng, unique: u64) {
        let seen = pick(
            rng,
            set.iter_unordered().map(|(key, _)| *key).collect::<BTreeSet<_>>().into_iter(),
        );
        match (rng.u8(0..10), seen) {
            (0..4, Some(seen)) => {
                set.remove(&seen);
            }
            (4, Some(seen)) => set.entry(seen).write(), // written again
            _ => set.entry(unique).write(),
        }
    }

    fn read(&self) -> BTreeSet<u64> {
        self.iter().map(|(key, _)| *key).collect()
    }
}

impl Subject for DotFun<u64> {
    fn scribble(values: &mut Self::Cursor<'_>, rng: &mut fastrand::Rng, unique: u64) {
        match rng.u8(0..10) {
            0..2 => {
                values.clear();
            }
            2..5 => {
                values.replace_if(unique, |_| false);
            }
            _ => values.write(unique),
        }
    }

    fn read(&self) -> BTreeSet<u64> {
        self.iter().map(|(_, value)| *value).collect()
    }
}

fn config() -> Config {
    Config::default()
}

fn check<T: Subject>(faults: Faults)
where
    Causal<T>: Replicated,
{
    let (mut crashes, mut lost, mut delivered) = (0, 0, 0);
    for seed in 0..seeds() {
        let memory = |number| Memory::new(id(number));
        let mut run = Run::<T, _>::new(seed, faults, config(), memory);
        run.stir(120);
        run.judge().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        crashes += run.crashes;
        lost += run.lost_edits;
        delivered += run.network.tally().delivered;
    }
    assert!(crashes > seeds() && lost as u64 > seeds() / 10 && delivered > 50 * seeds());
}

#[test]
fn documents_survive_a_harsh_network() {
    check::<OrMap<u8, Item>>(Faults::harsh());
}

#[test]
fn sets_survive_a_harsh_network() {
    check::<DotMap<u64, DotSet>>(Faults::harsh());
}

#[test]
fn registers_survive_a_harsh_network() {
    check::<DotFun<u64>>(Faults::harsh());
}

#[test]
fn documents_survive_heavy_loss_and_slow_commits() {
    let slow = Duration::from_millis(400);
    check::<OrMap<u8, Item>>(Faults::harsh().with_loss(0.6).with_max_commit_delay(slow));
}

#[test]
fn a_counter_counts_every_acknowledged_increment_once() {
    for seed in 0..seeds() {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut network = Network::<PnCounter>::new(seed, 3, Faults::harsh());
        let mut counts: BTreeMap<usize, Vec<i128>> = BTreeMap::new();
        for _ in 0..60 {
            let index = rng.usize(0..3);
            match rng.u8(0..10) {
                0..6 if network.is_up(index) => {
                    let by = rng.u64(1..100);
                    let up = rng.bool();
                    network.edit(
                        index,
                        |count| if up { count.increment(by) } else { count.decrement(by) },
                    );
                    let by = i128::from(by);
                    counts.entry(index).or_default().push(if up { by } else { -by });
                }
                6 => {
                    let lost = network.unsaved(index);
                    let edits = counts.entry(index).or_default();
                    edits.truncate(edits.len() - lost);
                    network.crash(index);
                }
                7 => network.restart(index).unwrap(),
                _ => network.run_for(Duration::from_millis(rng.u64(0..300))),
            }
        }
        (0..3).for_each(|index| network.restart(index).unwrap());
        network.run_until_quiet(Duration::from_secs(600)).unwrap();
        let expected: i128 = counts.values().flatten().sum();
        assert!(network.states().all(|count| count.value() == expected), "seed {seed}");
    }
}

/// Disks that now and then say that they failed, whether they did or not.
#[test]
fn failing_disks_delay_and_lose_nothing() {
    let mut failed = 0;
    for seed in 0..seeds() {
        let mut disks = Vec::new();
        let storage = |number| {
            disks.push(Faulty::new(number));
            disks[disks.len() - 1].clone()
        };
        let mut run = Run::<OrMap<u8, Item>, _>::new(seed, Faults::harsh(), config(), storage);
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..60 {
            let disk = &disks[rng.usize(0..disks.len())];
            disk.append.set([Fault::None, Fault::Fail][rng.usize(0..2)]);
            run.stir(2);
        }
        disks.iter().for_each(|disk| disk.append.set(Fault::None));
        run.judge().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        failed += run.network.tally().failed_commits;
    }
    assert!(failed > seeds());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let trace = |seed| {
        let memory = |number| Memory::new(id(number));
        let mut run = Run::<OrMap<u8, Item>, _>::new(seed, Faults::harsh(), config(), memory);
        run.stir(100);
        run.judge().unwrap();
        (run.network.trace(), run.network.tally(), run.network.now())
    };
    let traces: Vec<_> = (0..20).map(trace).collect();
    assert_eq!(traces, (0..20).map(trace).collect::<Vec<_>>());
    let distinct: BTreeSet<u64> = traces.iter().map(|(trace, ..)| *trace).collect();
    assert_eq!(distinct.len(), traces.len());
}

#[test]
fn newcomers_learn_everything_and_may_write() {
    let memory = |number| Memory::new(id(number));
    let mut run = Run::<OrMap<u8, Item>, _>::new(7, Faults::harsh(), config(), memory);
    run.stir(100);
    run.judge().unwrap();
    let index = run.network.join(memory(100)).unwrap();
    run.network.run_until_quiet(Duration::from_secs(60)).unwrap();
    run.network.edit(index, |doc| doc.entry(200).tags().insert(1_u64));
    run.network.run_until_quiet(Duration::from_secs(60)).unwrap();
    assert!(run.network.states().all(|doc| doc.contains_key(&200)));
}

/// How many of 30 runs the judge finds fault with.
fn noticed<D: Storage>(faults: Faults, config: &Config, storage: impl Fn(u128) -> D) -> usize {
    let is_noticed = |seed: &u64| {
        let config = config.clone();
        let mut run = Run::<OrMap<u8, Item>, _>::new(*seed, faults, config, &storage);
        run.stir(120);
        run.judge().is_err()
    };
    (0..30).filter(is_noticed).count()
}

#[test]
fn canary_a_disk_that_forgets_is_noticed() {
    let forgetful = |number| {
        let disk = Faulty::new(number);
        disk.append.set(Fault::Forget);
        disk
    };
    assert!(noticed(Faults::harsh(), &config(), forgetful) > 10);
    assert_eq!(noticed(Faults::harsh(), &config(), Faulty::new), 0);
}

/// Gossip alone brings every edit, over whatever is lost; comparing is a second net under it.
#[test]
fn nothing_is_lost_without_comparing() {
    let memory = |number| Memory::new(id(number));
    let never = config().with_sync_interval(Duration::MAX);
    assert_eq!(noticed(Faults::harsh(), &never, memory), 0);
}
