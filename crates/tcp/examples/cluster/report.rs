//! The table at the end.

use std::time::Duration;

use crate::protocol::Totals;
use crate::record::Record;

/// How many faults of a replica are listed.
const LISTED: usize = 5;

/// What the run has shown.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) healed: Duration,
    pub(crate) settled: Duration,
    pub(crate) replicas: Vec<Row>,
}

/// What was found at one replica.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) acknowledged: u64,
    pub(crate) totals: Totals,
    pub(crate) pieces: u64,
    pub(crate) hash: u64,
    pub(crate) bytes: u64,
    pub(crate) faults: Vec<String>,
}

impl Report {
    /// Whether all replicas are equal and nothing is missing or back.
    pub(crate) fn is_good(&self) -> bool {
        self.is_equal() && self.replicas.iter().all(|row| row.faults.is_empty())
    }

    fn is_equal(&self) -> bool {
        self.replicas.windows(2).all(|rows| rows[0].hash == rows[1].hash)
    }

    fn sum(&self, value: impl Fn(&Row) -> u64) -> u64 {
        self.replicas.iter().map(value).sum()
    }
}

pub(crate) fn print(report: &Report, record: &Record) {
    let line = |name: &str, value: &dyn Fn(&Row) -> u64, sum: bool| {
        print!("{name:<37}");
        for row in &report.replicas {
            print!("{:>18}", grouped(value(row)));
        }
        println!("{:>16}", if sum { grouped(report.sum(value)) } else { String::new() });
    };
    println!();
    print!("{:<37}", "");
    for number in 1..=report.replicas.len() {
        print!("{:>18}", format!("replica {number}"));
    }
    println!("{:>16}", "together");
    line("edits acknowledged", &|row| row.acknowledged, true);
    line("transactions, also for received ones", &|row| row.totals.commits, true);
    line("edits a transaction", &|row| row.acknowledged / row.totals.commits.max(1), false);
    line("bytes sent", &|row| row.totals.bytes_sent, true);
    line("… as full states, each exchange", &|row| row.totals.full_each, true);
    line("… as full states, every 500 ms", &|row| row.totals.full_interval, true);
    line("bytes of the final state", &|row| row.bytes, false);
    line("pieces in it", &|row| row.pieces, false);
    print!("{:<37}", "digest of it");
    report.replicas.iter().for_each(|row| print!("{:>18}", format!("{:016x}", row.hash)));
    println!("{:>16}", if report.is_equal() { "equal" } else { "DIFFERENT" });
    line("faults", &|row| row.faults.len() as u64, true);
    println!();
    println!(
        "Full states: each delta and difference that was sent, with the encoded state of that moment \
         (sampled each 50 ms) in its place, or a full state to each connected peer every 500 ms."
    );
    println!(
        "Checked: {} acknowledged edits, which overwrote or removed {} pieces; {} edits were open \
         when their process was killed.",
        grouped(record.acknowledged()),
        grouped(record.taken()),
        grouped(record.open()),
    );
    println!("Equal {:.0?} after the heal, {:.0?} after the end.", report.healed, report.settled);
    for (replica, row) in report.replicas.iter().enumerate() {
        for fault in row.faults.iter().take(LISTED) {
            println!("  replica {}: {fault}", replica + 1);
        }
        if row.faults.len() > LISTED {
            println!("  replica {}: and {} more", replica + 1, row.faults.len() - LISTED);
        }
    }
    println!();
    println!(
        "{}",
        if report.is_good() {
            "PASSED: the replicas are equal, and every acknowledged edit is there."
        } else {
            "NOT PASSED."
        }
    );
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
