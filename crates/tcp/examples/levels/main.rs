//! Three processes on this machine that read and write at every level: how long it takes, and
//! whether it holds when processes are killed, stopped and cut off.
//!
//! ```sh
//! cargo run --release -p rejoin-tcp --example levels                    # latency and throughput, on the disk
//! cargo run --release -p rejoin-tcp --example levels -- --memory        # the same without a disk
//! cargo run --release -p rejoin-tcp --example levels -- --faults 60     # a minute of faults, checked
//! cargo run --release -p rejoin-tcp --example levels -- --faults 10 --fail stale-read  # has to be noticed
//! ```

mod child;
mod faults;
mod history;
mod measure;
mod process;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let on_disk = !has("--memory");
    if let Some(child) = value("--child") {
        child::run(&child, on_disk)?;
        return Ok(ExitCode::SUCCESS);
    }
    match value("--faults") {
        None => measure::run(on_disk)?,
        Some(seconds) => {
            let stale = value("--fail").is_some_and(|fault| fault == "stale-read");
            let seconds = Duration::from_secs(seconds.parse()?);
            let seed = value("--seed").map_or(Ok(1), |seed| seed.parse())?;
            if let Err(finding) = faults::run(seconds, seed, stale)? {
                println!("FAILED: {finding}");
                return Ok(ExitCode::FAILURE);
            }
            println!("PASSED");
        }
    }
    Ok(ExitCode::SUCCESS)
}
