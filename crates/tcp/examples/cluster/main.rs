//! Three replicas as three processes: edited at once, cut apart, killed, healed, and checked.
//!
//! ```text
//! cargo run --release --example cluster
//! ```
//!
//! This process starts three children, each with its own redb file, joined over TCP on loopback. It
//! tells them what to edit and keeps its own record of what they acknowledged. At the end it
//! compares that record with what each replica holds, and fails if an acknowledged edit is missing,
//! if something removed has come back, or if the replicas differ.
//!
//! * `cart.rs`: the custom type that is replicated, and the edits;
//! * `protocol.rs`: the lines that parent and children exchange;
//! * `child.rs`: one replica;
//! * `parent.rs` and `process.rs`: the course of events; `plan.rs`: which edits are made;
//! * `record.rs`: the check; `report.rs`: the table;
//! * `metrics.rs`: what Prometheus reads.

mod cart;
mod child;
mod metrics;
mod parent;
mod plan;
mod process;
mod protocol;
mod record;
mod report;

use std::net::SocketAddr;
use std::process::ExitCode;

/// With fewer edits nothing would happen while the replicas are apart.
const FEWEST: u64 = 100;

const USAGE: &str = "\
Three replicas in three processes: edited, cut apart, killed, healed, and checked.

Usage: cluster [OPTIONS]

Options:
  --carts <N>     How many carts are edited [default: 400]
  --edits <N>     How many edits are made in all, at least 100 [default: 400000]
  --seed <N>      Which edits [default: 1]
  --metrics <IP:PORT>
                  Serve the metrics of each replica for Prometheus, at this port and the next two,
                  or at free ones if it is 0; and print at the end how each replica was doing
  --fail <FAULT>  Plant a fault, to see that the check finds it:
                  lost-edit       record an edit that was never made
                  forgotten-edit  let a replica acknowledge an edit without making it
                  cut-off         leave a replica cut off
";

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) carts: u64,
    pub(crate) edits: u64,
    pub(crate) seed: u64,
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) fault: Option<Fault>,
}

/// A planted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    LostEdit,
    ForgottenEdit,
    CutOff,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "--child") {
        return child::main(&arguments[1..]);
    }
    match parse(&arguments) {
        Ok(Some(options)) => parent::main(&options),
        Ok(None) => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn parse(arguments: &[String]) -> Result<Option<Options>, String> {
    let mut options = Options { carts: 400, edits: 400_000, seed: 1, metrics: None, fault: None };
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        if name == "--help" || name == "-h" {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || match value.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("{name} needs a positive number, not {value}")),
        };
        match name.as_str() {
            "--carts" => options.carts = number()?,
            "--edits" => match number()? {
                FEWEST.. => options.edits = number()?,
                _ => return Err(format!("{name} needs at least {FEWEST}")),
            },
            "--seed" => options.seed = number()?,
            "--metrics" => {
                let address = value.parse();
                options.metrics =
                    Some(address.map_err(|_| format!("{name} needs an address, not {value}"))?);
            }
            "--fail" => {
                options.fault = Some(match value.as_str() {
                    "lost-edit" => Fault::LostEdit,
                    "forgotten-edit" => Fault::ForgottenEdit,
                    "cut-off" => Fault::CutOff,
                    _ => return Err(format!("no such fault: {value}")),
                });
            }
            _ => return Err(format!("no such option: {name}")),
        }
    }
    Ok(Some(options))
}
