//! One replica: a node over TCP with a redb file, which takes commands from its standard input.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;

use rejoin_durable::Durable;
use rejoin_node::{Node, NodeConfig};
use rejoin_redb::RedbStorage;
use rejoin_store::Config;
use rejoin_tcp::{Tcp, TcpConfig};
use tokio::sync::mpsc;

use crate::cart::{self, Action, Shop};
use crate::metrics;
use crate::protocol::{Answer, Command, Totals};

/// How often replicas compare themselves.
const SYNC_INTERVAL: Duration = Duration::from_millis(500);

/// How often the parent is told the counts.
const STATS_INTERVAL: Duration = Duration::from_millis(50);

/// Which of the coupons a forgetful child forgets.
const FORGOTTEN: u64 = 3;

/// `--child <file> [--isolated] [--forgetful] [--metrics <address>]`
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let (answers, lines) = blocking::channel::<Answer>();
    let writer = std::thread::spawn(move || write_answers(&lines));
    let result = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(arguments, &answers)));
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = answers.send(Answer::Failed(describe(&*error)));
            ExitCode::FAILURE
        }
    };
    drop(answers);
    let _ = writer.join();
    code
}

async fn run(
    arguments: &[String],
    answers: &blocking::Sender<Answer>,
) -> Result<(), Box<dyn Error>> {
    let file = arguments.first().ok_or("which file?")?;
    let is = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let mut metrics = None;
    if let Some(at) = arguments.iter().position(|argument| argument == "--metrics") {
        let address = arguments.get(at + 1).ok_or("metrics where?")?.parse()?;
        metrics = Some(metrics::serve(address).await?);
    }
    let storage = RedbStorage::open(file)?;
    let durable: Durable<Shop, _> =
        Durable::open(storage, Config::default().with_sync_interval(SYNC_INTERVAL))?;
    let node = Arc::new(Node::start(durable, NodeConfig::new("cluster"))?);
    node.set_isolated(is("--isolated"));
    let config = TcpConfig::default()
        .with_listen((Ipv4Addr::LOCALHOST, 0).into())
        .with_backoff(Duration::from_millis(20), Duration::from_millis(200));
    let tcp = Tcp::start(&node, config)?;
    let address = tcp.local_addr().ok_or("no address")?;
    let pieces = node.read(cart::pieces).len() as u64;
    answers.send(Answer::Ready { address, pieces, metrics })?;

    let counting = tokio::spawn(count(Arc::clone(&node), answers.clone()));
    let mut commands = read_commands();
    let mut coupons = 0;
    while let Some(command) = commands.recv().await {
        match command? {
            Command::Edit(edit) => {
                coupons += u64::from(edit.action == Action::AddCoupon);
                if is("--forgetful") && edit.action == Action::AddCoupon && coupons == FORGOTTEN {
                    answers.send(Answer::Done { number: edit.number, taken: Vec::new() })?;
                    continue;
                }
                let (node, answers) = (Arc::clone(&node), answers.clone());
                tokio::spawn(async move {
                    let _ = answers.send(match node.edit(move |shop| edit.apply(shop)).await {
                        Ok(taken) => Answer::Done { number: edit.number, taken },
                        Err(error) => Answer::Failed(describe(&error)),
                    });
                });
            }
            Command::Peer(address) => tcp.add_peer(address),
            Command::Isolate(on) => node.set_isolated(on),
            Command::Digest => {
                let bytes = encode(&node)?;
                let answer = Answer::Digest { hash: fnv(&bytes), bytes: bytes.len() as u64 };
                answers.send(answer)?;
            }
            Command::Pieces => answers.send(Answer::Pieces(node.read(cart::pieces)))?,
            Command::Report => answers.send(Answer::Report(node.report().to_string()))?,
            Command::Quit => break,
        }
    }
    counting.abort();
    let _ = counting.await;
    if let Some(node) = Arc::into_inner(node) {
        node.shutdown().await;
    }
    Ok(())
}

/// Tells the parent the counts, and adds up what full states would have cost.
///
/// For each delta or difference that was sent, the full state of that moment (sampled) is counted
/// in its place; digests and acknowledgements are not counted, in favour of the full states.
async fn count(node: Arc<Node<Shop>>, answers: blocking::Sender<Answer>) {
    let mut totals = Totals::default();
    let mut exchanges = 0;
    let mut since_sync = Duration::ZERO;
    loop {
        tokio::time::sleep(STATS_INTERVAL).await;
        since_sync += STATS_INTERVAL;
        let stats = node.stats();
        let more = stats.replica.carriers - exchanges;
        let is_interval = since_sync >= SYNC_INTERVAL && stats.connected > 0;
        if more > 0 || is_interval {
            let state = encode(&node).map_or(0, |bytes| bytes.len() as u64);
            exchanges += more;
            totals.full_each += more * state;
            if is_interval {
                totals.full_interval += stats.connected * state;
                since_sync = Duration::ZERO;
            }
        }
        totals.commits = stats.commits;
        totals.bytes_sent = stats.bytes_sent;
        totals.connected = stats.connected;
        if answers.send(Answer::Stats(totals)).is_err() {
            return;
        }
    }
}

/// The canonical encoding of the value and of its causal context.
fn encode(node: &Node<Shop>) -> Result<Vec<u8>, rejoin_codec::EncodeError> {
    node.read(rejoin_codec::to_vec)
}

/// The 64-bit FNV-1a hash.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Reads commands on a thread of its own, until the parent closes the pipe or is gone.
fn read_commands() -> mpsc::UnboundedReceiver<Result<Command, String>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let command = line.map_err(|error| error.to_string()).and_then(|line| line.parse());
            if sender.send(command).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Writes answers, and flushes whenever there is nothing more to write.
fn write_answers(answers: &blocking::Receiver<Answer>) {
    let mut output = io::BufWriter::new(io::stdout().lock());
    while let Ok(answer) = answers.recv() {
        let mut next = Some(answer);
        while let Some(answer) = next {
            if writeln!(output, "{answer}").is_err() {
                return; // the parent is gone
            }
            next = answers.try_recv().ok();
        }
        if output.flush().is_err() {
            return;
        }
    }
}

/// An error with its causes, on one line.
fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.replace('\n', " ")
}
