//! Runs a document through as many bad networks as you like, and prints the seed that fails.
//!
//! ```sh
//! cargo run --release -p rejoin-sim --example simulate -- --seeds 100000
//! cargo run --release -p rejoin-sim --example simulate -- --seed 17            # one of them again
//! cargo run --release -p rejoin-sim --example simulate -- --plant skip-persist # it has to fail
//! ```
//!
//! `--from 5000` begins with another seed, `--jobs 4` is how many run at once, and `--plant` takes
//! `echo`, `skip-persist`, `forget-acks` or `reuse-incarnation`.

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use rejoin_core::{Causal, Edit};
use rejoin_maps::OrMap;
use rejoin_sets::AwSet;
use rejoin_sim::{Dice, Failure, Faults, Mistake, Run, Workload, explore, frugal};

/// Sets under keys, of which whole ones are removed now and then.
struct Document;

impl Workload for Document {
    type Value = Causal<OrMap<usize, AwSet<u64>>>;

    fn random_edit(doc: &mut <Self::Value as Edit>::Cursor<'_>, dice: &mut Dice, unique: u64) {
        let key = dice.roll(3);
        let members = doc.get(&key).map(|set| set.iter().copied().collect::<Vec<_>>());
        match (dice.roll(10), dice.pick(members.unwrap_or_default())) {
            (0, _) => {
                doc.remove(&key);
            }
            (1..4, Some(member)) => {
                doc.entry(key).remove(&member);
            }
            _ => {
                doc.entry(key).insert(unique);
            }
        }
    }

    fn read(doc: &Self::Value) -> BTreeSet<u64> {
        doc.values().flat_map(|set| set.iter().copied()).collect()
    }
}

struct Options {
    from: u64,
    seeds: u64,
    jobs: u64,
    only: bool,
    mistake: Option<Mistake>,
    planted: Option<String>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = options()?;
    if options.only {
        return Ok(report(&options, explore([options.from], |seed| check(seed, &options, true))));
    }
    let (next, failed) = (AtomicU64::new(options.from), AtomicBool::new(false));
    let end = options.from + options.seeds;
    let first = Mutex::new(None::<Failure>);
    let work = || {
        let seeds = std::iter::from_fn(|| {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > options.from && seed < end && seed % 10_000 == 0 {
                println!("{} of {} seeds", seed - options.from, options.seeds);
            }
            (seed < end && !failed.load(Ordering::Relaxed)).then_some(seed)
        });
        if let Err(failure) = explore(seeds, |seed| check(seed, &options, false)) {
            failed.store(true, Ordering::Relaxed);
            let mut first = first.lock().unwrap_or_else(|error| error.into_inner());
            if first.as_ref().is_none_or(|other| failure.seed < other.seed) {
                *first = Some(failure);
            }
        }
    };
    thread::scope(|scope| {
        (0..options.jobs).for_each(|_| {
            scope.spawn(work);
        });
    });
    let first = first.into_inner()?;
    Ok(report(&options, first.map_or(Ok(options.seeds), Err)))
}

/// A run with all faults, and one without, in which nothing may be sent twice.
fn check(seed: u64, options: &Options, is_told: bool) -> Result<(), String> {
    let mut run = Run::<Document>::new(seed, Faults::harsh());
    for (index, mistake) in (0..run.network().len()).zip(options.mistake.iter().cycle()) {
        run.network_mut().plant(index, *mistake);
    }
    run.step_random(120);
    let judged = run.judge();
    if is_told {
        println!("{:#?}\n{:#?}\n{:#?}", run.counts(), run.network().tally(), run.network());
    }
    judged?;
    frugal::<Document>(seed, |network| {
        options.mistake.iter().for_each(|mistake| network.plant(0, *mistake));
    })
}

fn report(options: &Options, outcome: Result<u64, Failure>) -> ExitCode {
    match outcome {
        Ok(runs) => {
            println!("{runs} seeds from {} on: nothing found", options.from);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}");
            let command = "cargo run --release -p rejoin-sim --example simulate --";
            let planted = options.planted.as_ref().map(|name| format!(" --plant {name}"));
            let planted = planted.unwrap_or_default();
            println!("again: {command} --seed {}{planted}", failure.seed);
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, Box<dyn Error>> {
    let jobs = thread::available_parallelism().map_or(1, |jobs| jobs.get() as u64);
    let mut options =
        Options { from: 0, seeds: 1_000, jobs, only: false, mistake: None, planted: None };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--seeds" => options.seeds = value.parse()?,
            "--from" => options.from = value.parse()?,
            "--jobs" => options.jobs = value.parse()?,
            "--seed" => (options.from, options.only) = (value.parse()?, true),
            "--plant" => {
                options.mistake = Some(match value.as_str() {
                    "echo" => Mistake::Echo,
                    "skip-persist" => Mistake::SkipPersist,
                    "forget-acks" => Mistake::ForgetAcks,
                    "reuse-incarnation" => Mistake::ReuseIncarnation,
                    _ => return Err(format!("there is no mistake {value}").into()),
                });
                options.planted = Some(value);
            }
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(options)
}
