//! Latency and throughput by level.

use super::Failure;
use super::process::{Plan, Process};

const MILLIS: u64 = 1_500;

pub(crate) fn run(on_disk: bool) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let plans = Plan::for_each(folder.path(), 3, on_disk)?;
    let start = |plan: &Plan| Process::start(plan, plan.number, |_| false);
    let (mut processes, _) = Process::start_all(&plans, start)?;
    std::thread::sleep(std::time::Duration::from_millis(500)); // until all are connected
    println!(
        "| operation | level | one client: p50 | p99 | 3 × 16 clients: p50 | p99 | a second |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, kind) in [("write", "write"), ("read", "read")] {
        for level in ["eventual", "majority", "all", "strong"] {
            let alone = measure(&mut processes[..1], kind, level, 1)?;
            let many = measure(&mut processes, kind, level, 16)?;
            println!(
                "| {name} | {level} | {} | {} | {} | {} | {:.0} |",
                time(alone.p50),
                time(alone.p99),
                time(many.p50),
                time(many.p99),
                many.count as f64 * 1_000.0 / MILLIS as f64
            );
        }
    }
    println!();
    println!("Strong reads of one key at one node, and writes of it at the others:");
    println!(
        "| readers + writers | reads a second | p50 | p99 | in 1 round trip | ≤ 2 | ≤ 3 | writes a second | without readers | p50 | failed |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (readers, writers) in [(4, 4), (16, 16), (1, 64), (64, 64), (1, 128), (128, 128)] {
        contend(&mut processes, readers, writers)?;
    }
    Ok(())
}

/// What all processes together have done.
struct Measured {
    count: u64,
    failed: u64,
    p50: u64,
    p99: u64,
}

fn measure(
    processes: &mut [Process],
    kind: &str,
    level: &str,
    tasks: usize,
) -> Result<Measured, Failure> {
    for process in &mut *processes {
        process.tell(&format!("measure {kind} {level} {tasks} {MILLIS}"))?;
    }
    sum(processes)
}

/// Adds up the answers.
fn sum(processes: &mut [Process]) -> Result<Measured, Failure> {
    let mut sum = Measured { count: 0, failed: 0, p50: 0, p99: 0 };
    for process in processes {
        let answer = parse(&process.answer()?)?;
        sum.count += answer.count;
        sum.failed += answer.failed;
        (sum.p50, sum.p99) = (sum.p50.max(answer.p50), sum.p99.max(answer.p99)); // the slowest's
    }
    Ok(sum)
}

fn parse(answer: &str) -> Result<Measured, Failure> {
    let numbers: Vec<u64> = answer.split(' ').skip(1).map(str::parse).collect::<Result<_, _>>()?;
    let [count, failed, p50, p99] = numbers[..] else { return Err("not measured".into()) };
    Ok(Measured { count, failed, p50, p99 })
}

/// One process reads a key that all others write.
fn contend(processes: &mut [Process], readers: usize, writers: usize) -> Result<(), Failure> {
    let Some((reader, others)) = processes.split_last_mut() else { return Ok(()) };
    let write = format!("measure write-shared strong {} {MILLIS}", writers / others.len());
    let start = |writers: &mut [Process]| writers.iter_mut().try_for_each(|one| one.tell(&write));
    start(others)?;
    let alone = sum(others)?;
    let before = rounds(reader)?;
    start(others)?;
    reader.tell(&format!("measure read-shared strong {readers} {MILLIS}"))?;
    let (wrote, read) = (sum(others)?, parse(&reader.answer()?)?);
    let trips: Vec<u64> =
        rounds(reader)?.iter().zip(before).map(|(after, before)| after - before).collect();
    let all: u64 = trips.iter().sum();
    let part = |most: usize| trips[..most].iter().sum::<u64>() as f64 * 100.0 / all.max(1) as f64;
    let second = |count: u64| count as f64 * 1_000.0 / MILLIS as f64;
    println!(
        "| {readers} + {writers} | {:.0} | {} | {} | {:.1} % | {:.1} % | {:.2} % | {:.0} | {:.0} | {} | {} |",
        second(read.count),
        time(read.p50),
        time(read.p99),
        part(1),
        part(2),
        part(3),
        second(wrote.count),
        second(alone.count),
        time(wrote.p50),
        alone.failed + read.failed + wrote.failed,
    );
    Ok(())
}

/// How many reads took 1, 2, 3 and more round trips.
fn rounds(process: &mut Process) -> Result<Vec<u64>, Failure> {
    process.tell("rounds")?;
    let answer = process.answer()?;
    Ok(answer.split(' ').skip(1).map(str::parse).collect::<Result<_, _>>()?)
}

fn time(nanos: u64) -> String {
    match nanos {
        0..1_000_000 => format!("{:.0} µs", nanos as f64 / 1e3),
        _ => format!("{:.2} ms", nanos as f64 / 1e6),
    }
}
