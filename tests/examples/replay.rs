//! Replays a history of concurrent edits, and tells how often the join is what people made of it.
//!
//! ```text
//! cargo run --release --example replay -- FILE.tsv.gz …
//! cargo run --release --example replay -- --git PATH
//! ```

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rejoin_tests::replay::{Exchange, History, Outcome, read_git, read_trace, replay};

const USAGE: &str = "usage: replay FILE.tsv[.gz] …
       replay --git PATH-OF-A-REPOSITORY …";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (read, paths): (fn(&Path) -> _, _) = match arguments.split_first() {
        Some((first, rest)) if first == "--git" => (read_git, rest),
        Some((first, _)) if !first.starts_with('-') => (read_trace, &arguments[..]),
        _ => (read_trace, &[][..]),
    };
    if paths.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let mut is_fine = true;
    for path in paths {
        match read(Path::new(path)) {
            Ok(history) => is_fine &= report(path, &history),
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                eprintln!("{path}: {error}{cause}");
                is_fine = false;
            }
        }
    }
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the table of one history, and returns whether the ways of exchange agree.
fn report(path: &str, history: &History) -> bool {
    let changes: usize = history.commits.iter().map(|commit| commit.changes.len()).sum();
    println!("{path}: {} commits, {changes} changed paths\n", history.commits.len());
    println!(
        "| exchange | merges | join has exactly the people's paths | … and the people's content at \
         every path, no siblings | merges with siblings | time |"
    );
    println!("|---|---|---|---|---|---|");
    let outcomes = Exchange::ALL.map(|exchange| {
        let began = Instant::now();
        let outcome = replay(history, exchange, progress(exchange, history.commits.len()));
        let figures = outcome.figures;
        println!(
            "| {} | {} | {} | {} | {} | {:.2?} |",
            name(exchange),
            figures.merges,
            figures.same_paths,
            figures.same_content,
            figures.with_siblings,
            began.elapsed()
        );
        outcome
    });
    let [first, others @ ..] = &outcomes;
    let agree = others.iter().all(|other| same(first, other));
    println!(
        "\n{}, {} paths at the last commit\n",
        if agree {
            "the same states at every commit all three ways"
        } else {
            "THE STATES DIFFER between the ways of exchange"
        },
        first.last.len()
    );
    agree
}

fn same(a: &Outcome, b: &Outcome) -> bool {
    a.figures == b.figures && a.hash == b.hash && a.last == b.last
}

fn name(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::States => "whole states",
        Exchange::Deltas => "deltas in order",
        Exchange::Diffs => "diffs by digest",
    }
}

/// A line that counts, on a terminal.
fn progress(exchange: Exchange, commits: usize) -> impl FnMut(usize) {
    let mut shown = Instant::now();
    let is_terminal = std::io::stderr().is_terminal();
    move |done| {
        if is_terminal && (shown.elapsed() > Duration::from_millis(200) || done == commits) {
            shown = Instant::now();
            let end = if done == commits { "\r\x1b[K" } else { "" };
            eprint!("\r{}: {done} of {commits} commits{end}", name(exchange));
            // Progress is a courtesy: a closed terminal is not an error.
            let _ = std::io::stderr().flush();
        }
    }
}
