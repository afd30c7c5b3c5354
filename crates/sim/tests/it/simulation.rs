//! Random runs against the oracle.
//!
//! `REJOIN_SEEDS=10000 cargo test -p rejoin-store --release simulation` looks harder, and the
//! example `simulate` as long as one likes.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use rejoin_counters::PnCounter;
use rejoin_sim::{Counts, Dice, Edited, Faults, Run, Workload, explore, frugal};
use rejoin_store::Config;

use crate::oracle::{Documents, Registers, Sets};
use crate::support::{Fault, Faulty};

/// Each of the tests makes so many runs; with 500, all together make 3 500.
fn seeds() -> Range<u64> {
    0..std::env::var("REJOIN_SEEDS").map_or(500, |seeds| seeds.parse().expect("a number"))
}

fn check<T: Workload>(faults: Faults) {
    let mut all = Vec::new();
    let mut delivered = 0;
    let explored = explore(seeds(), |seed| {
        let mut run = Run::<T>::new(seed, faults);
        run.step_random(120);
        run.judge()?;
        all.push(run.counts());
        delivered += run.network().tally().delivered;
        Ok::<(), String>(())
    });
    explored.unwrap_or_else(|failure| panic!("{failure}"));
    let sum = |of: fn(&Counts) -> usize| all.iter().map(of).sum::<usize>() as u64;
    let seeds = seeds().end;
    assert!(delivered > 50 * seeds && sum(|run| run.edits) > 20 * seeds);
    assert!(sum(|run| run.crashes) > seeds && sum(|run| run.lost_edits) > seeds / 10);
    for often in [
        sum(|run| run.vanished),
        sum(|run| run.joined),
        sum(|run| run.left),
        sum(|run| run.partitions),
        sum(|run| run.cuts),
        sum(|run| run.bad_links),
        sum(|run| run.clocks),
    ] {
        assert!(often > seeds / 3, "{often}");
    }
}

#[test]
fn documents_survive_a_harsh_network() {
    check::<Documents>(Faults::harsh());
}

#[test]
fn sets_survive_a_harsh_network() {
    check::<Sets>(Faults::harsh());
}

#[test]
fn registers_survive_a_harsh_network() {
    check::<Registers>(Faults::harsh());
}

#[test]
fn documents_survive_heavy_loss_and_slow_disks() {
    let slow = Duration::from_millis(400);
    let faults = Faults::harsh().with_loss(0.6).with_max_commit_delay(slow);
    check::<Documents>(faults.with_max_commit_time(slow).with_failed_commits(0.3));
}

/// Increments and decrements, whose sum is known.
struct Counting;

impl Workload for Counting {
    type Value = PnCounter;

    fn random_edit(
        count: &mut <PnCounter as rejoin_core::Edit>::Cursor<'_>,
        dice: &mut Dice,
        _: u64,
    ) {
        let by = 1 + dice.roll(99) as u64;
        _ = if dice.roll(2) == 0 { count.increment(by) } else { count.decrement(by) };
    }

    fn judge(value: &PnCounter, edits: &[Edited<PnCounter>]) -> Result<(), String> {
        let by = |edited: &Edited<PnCounter>| edited.after.value() - edited.before.value();
        if edits.iter().any(|edited| !edited.is_certain) {
            return Ok(()); // it may count or not
        }
        let expected: i128 = edits.iter().map(by).sum();
        if value.value() == expected { Ok(()) } else { Err(format!("not {expected}: {value:?}")) }
    }
}

#[test]
fn a_counter_counts_every_acknowledged_increment_once() {
    check::<Counting>(Faults::harsh());
}

/// Logs so short that most differences go as such, and are never exceeded.
#[test]
fn short_logs_are_enough() {
    let mut syncs = 0;
    let explored = explore(seeds(), |seed| {
        let config = Config::default().with_max_log(200);
        let memory = rejoin_durable::Memory::new;
        let mut run = Run::<Documents, _>::with_storage(seed, Faults::harsh(), config, memory);
        run.step_random(120);
        run.judge()?;
        syncs += run.network().stats().syncs;
        Ok::<(), String>(())
    });
    explored.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(syncs > 10 * seeds().end, "{syncs}");
}

#[test]
fn where_there_is_one_way_nothing_goes_twice() {
    let explored = explore(seeds(), |seed| frugal::<Documents>(seed, |_| ()));
    explored.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Disks that now and then refuse everything for a while.
#[test]
fn failing_disks_delay_and_lose_nothing() {
    let mut failed = 0;
    for seed in seeds().take(200) {
        let mut disks = Vec::new();
        let storage = |node: rejoin_store::NodeId| {
            disks.push(Faulty::of(node));
            disks[disks.len() - 1].clone()
        };
        let (faults, config) = (Faults::harsh(), Config::default());
        let mut run = Run::<Documents, _>::with_storage(seed, faults, config, storage);
        let mut dice = Dice::new(seed);
        for _ in 0..60 {
            let disk = &disks[dice.roll(disks.len())];
            disk.append.set([Fault::None, Fault::Fail][dice.roll(2)]);
            run.step_random(2);
        }
        disks.iter().for_each(|disk| disk.append.set(Fault::None));
        run.judge().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        failed += run.network().tally().failed_commits;
    }
    assert!(failed > 200);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let trace = |seed| {
        let mut run = Run::<Documents>::new(seed, Faults::harsh());
        run.step_random(100);
        run.judge().unwrap();
        let network = run.network();
        (network.trace(), network.tally(), network.stats(), network.now(), run.counts())
    };
    let traces: Vec<_> = (0..20).map(trace).collect();
    assert_eq!(traces, (0..20).map(trace).collect::<Vec<_>>());
    let distinct: BTreeSet<u64> = traces.iter().map(|(trace, ..)| *trace).collect();
    assert_eq!(distinct.len(), traces.len());
}

/// Gossip alone brings every edit, over whatever is lost; comparing is a second net under it.
#[test]
fn nothing_is_lost_without_comparing() {
    for seed in seeds().take(100) {
        let never = Config::default().with_sync_interval(Duration::MAX);
        let memory = rejoin_durable::Memory::new;
        let mut run = Run::<Documents, _>::with_storage(seed, Faults::harsh(), never, memory);
        run.step_random(120);
        run.judge().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}
