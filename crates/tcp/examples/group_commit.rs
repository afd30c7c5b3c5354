//! How many durable edits a node makes in a second, beside redb itself and a file.
//!
//! ```text
//! cargo run --release -p rejoin-tcp --example group_commit -- [folder] [seconds]
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

use cpu_time::ProcessTime;
use redb::{Database, TableDefinition};
use rejoin_durable::Durable;
use rejoin_maps::{Causal, OrMap};
use rejoin_node::{Node, NodeConfig};
use rejoin_redb::RedbStorage;
use rejoin_registers::MvRegister;
use rejoin_store::Config;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What is edited: each writer sets a register of its own.
type Registers = Causal<OrMap<u64, MvRegister<u64>>>;

/// About what one such edit takes in a log.
const RECORD: usize = 64;

/// What redb writes at least in a transaction.
const PAGES: usize = 4 * 4096;

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("log");

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().map_or_else(env::temp_dir, Into::into);
    let seconds = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let folder = tempfile::tempdir_in(folder)?;
    let duration = Duration::from_secs(seconds);

    println!("{:28} {:>9} {:>9} {:>9} {:>12}", "", "edits/s", "p50 ms", "p99 ms", "CPU us/edit");
    for (size, name) in [(0, "appended"), (64 << 20, "in place")] {
        report(&format!("file, {name}"), synced_file(folder.path(), size, duration)?);
    }
    for together in [1, 16, 256, 4096] {
        report(
            &format!("redb, {together} a transaction"),
            redb(folder.path(), together, duration)?,
        );
    }
    for writers in [1, 16, 256, 4096] {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let run = runtime.block_on(node(folder.path(), writers, duration))?;
        report(&format!("node, {writers} writers"), run);
    }
    Ok(())
}

/// How long each edit took, and all together.
struct Run {
    latencies: Vec<Duration>,
    elapsed: Duration,
    cpu: Duration,
}

fn report(name: &str, mut run: Run) {
    run.latencies.sort_unstable();
    let edits = run.latencies.len();
    let part = |percent: usize| run.latencies[(edits - 1) * percent / 100].as_secs_f64() * 1e3;
    let rate = edits as f64 / run.elapsed.as_secs_f64();
    let cpu = run.cpu.as_secs_f64() * 1e6 / edits as f64;
    println!("{name:28} {rate:9.0} {:9.3} {:9.3} {cpu:12.1}", part(50), part(99));
}

/// Does something until the time is over; it returns how many edits it was.
fn repeat(duration: Duration, mut act: impl FnMut() -> Result<usize>) -> Result<Run> {
    let (start, cpu) = (Instant::now(), ProcessTime::now());
    let mut latencies = Vec::new();
    while start.elapsed() < duration {
        let start = Instant::now();
        let edits = act()?;
        latencies.extend(std::iter::repeat_n(start.elapsed(), edits));
    }
    Ok(Run { latencies, elapsed: start.elapsed(), cpu: cpu.elapsed() })
}

/// Writes and syncs as much as the smallest commit of redb, into a file of this size or after its
/// end.
fn synced_file(folder: &Path, size: usize, duration: Duration) -> Result<Run> {
    let path = folder.join("plain");
    fs::write(&path, vec![0; size])?;
    let mut file = File::options().write(true).open(&path)?;
    file.sync_all()?;
    let run = repeat(duration, || {
        if file.stream_position()? + PAGES as u64 > size as u64 && size > 0 {
            file.rewind()?;
        }
        file.write_all(&[7; PAGES])?;
        file.sync_data()?;
        Ok(1)
    });
    fs::remove_file(path)?;
    run
}

fn redb(folder: &Path, together: usize, duration: Duration) -> Result<Run> {
    let path = folder.join("raw.redb");
    let database = Database::create(&path)?;
    let mut key = 0;
    let run = repeat(duration, || {
        let write = database.begin_write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for _ in 0..together {
                table.insert(key, [7; RECORD].as_slice())?;
                key += 1;
            }
        }
        write.commit()?;
        Ok(together)
    });
    drop(database);
    fs::remove_file(path)?;
    run
}

async fn node(folder: &Path, writers: u64, duration: Duration) -> Result<Run> {
    let path = folder.join("node.redb");
    let durable = Durable::open(RedbStorage::open(&path)?, Config::default())?;
    let node: Arc<Node<Registers>> =
        Arc::new(Node::start(durable, NodeConfig::new("group commit"))?);
    let (start, cpu) = (Instant::now(), ProcessTime::now());
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(write(Arc::clone(&node), writer, start + duration)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    let run = Run { latencies, elapsed: start.elapsed(), cpu: cpu.elapsed() };
    Arc::into_inner(node).ok_or("all writers are done")?.shutdown().await;
    fs::remove_file(path)?;
    Ok(run)
}

async fn write(node: Arc<Node<Registers>>, key: u64, end: Instant) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    for value in 0_u64.. {
        let start = Instant::now();
        if start >= end {
            break;
        }
        node.edit(move |map| map.entry(key).set(value)).await?;
        latencies.push(start.elapsed());
    }
    Ok(latencies)
}
