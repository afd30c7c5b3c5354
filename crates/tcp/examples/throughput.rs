//! How many small edits a second one process brings to another, over TCP on this machine.
//!
//! ```sh
//! cargo run --release -p rejoin-tcp --example throughput            # storage in memory
//! cargo run --release -p rejoin-tcp --example throughput -- --redb  # on the disk, at both ends
//! ```
//!
//! One process edits: many tasks at a time, each waiting for its edit to be durable before the
//! next, with 1, 10 or 100 edits in a call. Another one receives. The clock stops when the receiver
//! has everything, durably, and has said so.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rejoin_core::Causal;
use rejoin_durable::{Durable, Memory};
use rejoin_node::{Node, NodeConfig};
use rejoin_redb::RedbStorage;
use rejoin_sets::AwSet;
use rejoin_store::{Config, NodeId};
use rejoin_tcp::{Tcp, TcpConfig};

type Set = Causal<AwSet<u64>>;
type Failure = Box<dyn Error + Send + Sync>;

const EDITS: u64 = 400_000;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let on_disk = arguments.iter().any(|argument| argument == "--redb");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if arguments.iter().any(|argument| argument == "--receive") {
        return runtime.block_on(receive(on_disk));
    }
    println!("edits in a call   calls at once   edits a second   bytes an edit   transactions");
    for (batch, tasks) in [(1, 64), (1, 2_048), (10, 512), (100, 64)] {
        runtime.block_on(send(on_disk, batch, tasks))?;
    }
    Ok(())
}

fn open(on_disk: bool, folder: &tempfile::TempDir) -> Result<(Node<Set>, Tcp), Failure> {
    let config = NodeConfig::new("throughput");
    let node = if on_disk {
        let storage = RedbStorage::open(folder.path().join("set.redb"))?;
        Node::start(Durable::open(storage, Config::default())?, config)
    } else {
        let storage = Memory::new(NodeId::random());
        Node::start(Durable::open(storage, Config::default())?, config)
    }?;
    let tcp = TcpConfig::default().with_listen((Ipv4Addr::LOCALHOST, 0).into());
    let tcp = Tcp::start(&node, tcp)?;
    Ok((node, tcp))
}

/// The receiver: says where it listens, and then when it has everything.
async fn receive(on_disk: bool) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (node, tcp) = open(on_disk, &folder)?;
    println!("{}", tcp.local_addr().ok_or("no address")?);
    while (node.read(|set| set.len()) as u64) < EDITS {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("there");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?; // until the parent is gone
    Ok(())
}

/// The receiving process, ended on every way out.
struct Receiver(Child);

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn send(on_disk: bool, batch: u64, tasks: u64) -> Result<(), Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--receive").args(on_disk.then_some("--redb"));
    let mut child = Receiver(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    let mut lines = BufReader::new(child.0.stdout.take().ok_or("no output")?).lines();
    let address: SocketAddr = lines.next().ok_or("no address")??.parse()?;

    let folder = tempfile::tempdir()?;
    let (node, tcp) = open(on_disk, &folder)?;
    tcp.add_peer(address);
    let node = Arc::new(node);
    while node.stats().connected == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let start = Instant::now();
    let share = EDITS / batch / tasks;
    let rest = EDITS / batch - share * tasks;
    let work = (0..tasks).map(|task| {
        let node = Arc::clone(&node);
        let calls = share + u64::from(task < rest);
        tokio::spawn(async move {
            for call in 0..calls {
                let first = ((task << 32) + call) * batch;
                let insert = move |set: &mut rejoin_sets::AwSetCursor<'_, u64>| {
                    (first..first + batch).for_each(|n| {
                        set.insert(n);
                    });
                };
                node.edit(insert).await?;
            }
            Ok::<(), Failure>(())
        })
    });
    for task in work.collect::<Vec<_>>() {
        task.await??;
    }
    let there = lines.next().ok_or("the receiver is gone")??;
    let seconds = start.elapsed().as_secs_f64();
    if there != "there" {
        return Err(there.into());
    }
    let stats = node.stats();
    println!(
        "{batch:15} {tasks:15} {:16.0} {:15.1} {:14}",
        EDITS as f64 / seconds,
        stats.bytes_sent as f64 / EDITS as f64,
        stats.commits
    );
    Ok(())
}
