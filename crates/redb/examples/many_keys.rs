//! What it takes to keep many keys in a file: writing, compacting and opening it.
//!
//! ```text
//! cargo run --release -p rejoin-redb --example many_keys -- [keys] [folder]
//! ```

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fmt, fs};

use cpu_time::ProcessTime;
use peak_alloc::PeakAlloc;
use rejoin_durable::{Durable, Storage};
use rejoin_maps::{Causal, OrMap};
use rejoin_redb::RedbStorage;
use rejoin_registers::MvRegister;
use rejoin_store::Config;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

type Registers = Durable<Causal<OrMap<String, MvRegister<u64>>>, RedbStorage>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let keys = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = arguments.next().map_or_else(env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(folder)?;
    let path = folder.path().join("keys.redb");

    write(&path, keys)?;
    open(&path, keys)?;
    open(&path, keys)?;
    Ok(())
}

/// Writes all keys, 1000 in a transaction.
fn write(path: &Path, keys: u64) -> Result<(), Box<dyn Error>> {
    let mut store = Registers::open(RedbStorage::open(path)?, Config::default())?;
    let before = MEMORY.current_usage();
    let clock = Clock::start();
    let mut pauses = Vec::new();
    for first in (0..keys).step_by(1000) {
        let snapshot = store.storage().snapshot_bytes();
        MEMORY.reset_peak_usage();
        let (usage, commit) = (MEMORY.current_usage(), Clock::start());
        store.edit(|map| {
            for key in first..keys.min(first + 1000) {
                map.entry(format!("key:{key}")).set(key);
            }
        })?;
        if store.storage().snapshot_bytes() != snapshot {
            pauses.push((store.state().len(), commit.to_string(), MEMORY.peak_usage() - usage));
        }
    }
    println!("writing:    {clock}, {} B in memory", MEMORY.current_usage() - before);
    for (keys, time, memory) in pauses {
        println!("  a commit that compacted {keys} keys: {time}, {memory} B more memory");
    }
    drop(store);
    Ok(())
}

fn open(path: &Path, keys: u64) -> Result<(), Box<dyn Error>> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let clock = Clock::start();
    let storage = RedbStorage::open(path)?;
    println!("file:       {} B", fs::metadata(path)?.len());
    println!("  snapshot {} B, log {} B", storage.snapshot_bytes(), storage.log_bytes());
    let mut told = 0;
    let store = Registers::open_with(storage, Config::default(), |_| told += 1)?;
    println!("opening:    {clock}, progress told {told} times");
    println!(
        "  memory {} B, at most {} B",
        MEMORY.current_usage() - before,
        MEMORY.peak_usage() - before
    );
    assert_eq!(store.state().len() as u64, keys);
    Ok(())
}

/// The time since it was started, on the wall and of the processor.
struct Clock(Instant, ProcessTime);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), ProcessTime::now())
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2?} ({:.2?} CPU)", self.0.elapsed(), self.1.elapsed())
    }
}
