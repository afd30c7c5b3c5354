//! One of the processes: a node, and clients that work as they are told.

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rejoin_core::Causal;
use rejoin_durable::{Durable, Memory};
use rejoin_maps::{GMap, GMapCursor};
use rejoin_node::{Node, NodeConfig, Objects};
use rejoin_quorum::{ByKey, Level, Quorum, QuorumConfig};
use rejoin_redb::RedbStorage;
use rejoin_sets::AwSet;
use rejoin_store::{Config, NodeId};
use rejoin_tcp::{Tcp, TcpConfig};
use tokio::task::JoinSet;

use super::{Failure, history};

pub(crate) type Shelves = GMap<String, Causal<AwSet<u64>>>;
type Shelf = Objects<Shelves, ByKey>;

/// How long an operation may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Runs until there are no more commands.
pub(crate) fn run(plan: &str, on_disk: bool) -> Result<(), Failure> {
    let parts: Vec<&str> = plan.split(';').collect();
    let [number, run, addresses] = parts[..] else { return Err("no plan".into()) };
    let number: usize = number.parse()?;
    let addresses: Vec<SocketAddr> =
        addresses.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(number, run.parse()?, &addresses, on_disk))
}

async fn serve(
    number: usize,
    run: usize,
    addresses: &[SocketAddr],
    on_disk: bool,
) -> Result<(), Failure> {
    let mut config = TcpConfig::default()
        .with_listen(addresses[number])
        .with_backoff(Duration::from_millis(10), Duration::from_millis(100));
    for peer in &addresses[..number] {
        config = config.with_peer(*peer);
    }
    let replica = Config::default().with_causal(true);
    let node: Node<Shelves> = if on_disk {
        let path = format!("node-{number}.redb");
        let storage = RedbStorage::open(path)?;
        Node::start(Durable::open(storage, replica)?, NodeConfig::new("levels"))?
    } else {
        let durable = Durable::open(Memory::new(NodeId::random()), replica)?;
        Node::start(durable, NodeConfig::new("levels"))?
    };
    Tcp::start(&node, config)?;
    // All are told the ids in the storages of all.
    say(&node.id().node().to_string());
    let voters = tokio::task::spawn_blocking(next_line).await?.ok_or("no voters")?;
    let voters = voters.split(' ').map(str::parse).collect::<Result<Vec<NodeId>, _>>()?;
    let objects = node.objects::<ByKey>(voters, QuorumConfig::default()).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    let mut lines = tokio::task::spawn_blocking(next_line).await?;
    while let Some(line) = lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["measure", kind, level, tasks, millis] => {
                let millis = Duration::from_millis(millis.parse()?);
                let work = Work { kind: kind.to_owned(), level: parse(level)?, number };
                say(&measure(&objects, work, tasks.parse()?, millis).await?);
            }
            ["clients", count] => {
                for task in 0..count.parse::<usize>()? {
                    let client = (run * 100 + task) as u64;
                    let objects = objects.clone();
                    clients.spawn(client_work(objects, client, Arc::clone(&stop)));
                }
            }
            ["isolate"] => node.set_isolated(true),
            ["rejoin"] => node.set_isolated(false),
            ["stop"] => {
                stop.store(true, Ordering::Relaxed);
                while clients.join_next().await.is_some() {}
                say("stopped");
            }
            ["state"] => {
                let state = node.read(|shelves| {
                    let all = shelves.iter().map(|(key, set)| (key.clone(), set.iter().copied()));
                    all.flat_map(|(key, set)| set.map(move |book| format!("{key}:{book}")))
                        .collect::<Vec<_>>()
                });
                say(&format!("state {}", state.join(" ")));
            }
            ["rounds"] => {
                let counts = objects.round_trips().await?;
                let of = |trips: u32| counts.get(&trips).copied().unwrap_or(0);
                let more: u64 = counts.range(4..).map(|(_, count)| count).sum();
                say(&format!("rounds {} {} {} {more}", of(1), of(2), of(3)));
            }
            _ => return Err(format!("unknown command {line}").into()),
        }
        lines = tokio::task::spawn_blocking(next_line).await?;
    }
    Ok(())
}

fn next_line() -> Option<String> {
    std::io::stdin().lock().lines().next()?.ok()
}

/// A line at once, since nobody hears what a killed process had in its buffer.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn parse(level: &str) -> Result<Level, Failure> {
    Ok(match level {
        "eventual" => Level::Eventual,
        "majority" => Level::Quorum(Quorum::Majority),
        "all" => Level::Quorum(Quorum::All),
        "strong" => Level::Strong,
        _ => return Err("no such level".into()),
    })
}

#[derive(Clone)]
struct Work {
    kind: String,
    level: Level,
    number: usize,
}

/// Works for a while, and tells how many operations there were, how many failed, and how long the
/// median and the hundredth took, in nanoseconds.
async fn measure(
    objects: &Shelf,
    work: Work,
    tasks: usize,
    millis: Duration,
) -> Result<String, Failure> {
    let end = Instant::now() + millis;
    let mut all = JoinSet::new();
    for task in 0..tasks {
        let (objects, work) = (objects.clone(), work.clone());
        all.spawn(async move {
            let (mut times, mut failed) = (Vec::new(), 0);
            let mut book = ((work.number * 1_000 + task) * 1_000_000) as u64;
            // One key in each process and task, or one that all share.
            let key = match &*work.kind {
                "write-shared" | "read-shared" => "shared".to_owned(),
                _ => format!("{}-{task}", work.number),
            };
            while Instant::now() < end {
                let start = Instant::now();
                let is_done = if work.kind.starts_with("write") {
                    let (key, last) = (key.clone(), book);
                    book += 1;
                    // The shelf has one book, which the next one takes the place of.
                    let edit = move |shelves: &mut GMapCursor<'_, String, Causal<AwSet<u64>>>| {
                        let mut shelf = shelves.entry(key);
                        shelf.remove(&last);
                        shelf.insert(last + 1);
                    };
                    objects.edit(work.level, TIMEOUT, edit).await.is_ok()
                } else {
                    objects.read(key.clone(), work.level, TIMEOUT).await.is_ok()
                };
                if is_done {
                    times.push(start.elapsed());
                } else {
                    failed += 1;
                }
            }
            (times, failed)
        });
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(result) = all.join_next().await {
        let (some, more) = result?;
        times.extend(some);
        failed += more;
    }
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0, Duration::as_nanos);
    Ok(format!("measured {} {failed} {} {}", times.len(), at(50), at(99)))
}

/// Reads and writes strongly, one after the other, and says what it does.
async fn client_work(objects: Shelf, client: u64, stop: Arc<AtomicBool>) {
    for count in 1.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let key = history::current_key();
        if fastrand::bool() {
            let book = client * 1_000_000 + count;
            say(&history::write(client, count, &key));
            let edit = move |shelves: &mut GMapCursor<'_, String, Causal<AwSet<u64>>>| {
                shelves.entry(key).insert(book);
            };
            if objects.edit(Level::Strong, TIMEOUT, edit).await.is_ok() {
                say(&history::written(client, count));
            }
        } else {
            say(&history::read(client, count, &key));
            if let Ok(books) = objects.read(key, Level::Strong, TIMEOUT).await {
                say(&history::has_read(client, count, books.iter().copied()));
            }
        }
    }
}
