//! What values hold in memory: the rows of the scoreboard that need an allocator that counts.
//!
//! The scoreboard runs it, and reads what it prints.

use std::env;
use std::error::Error;

use rejoin_benches::scoreboard::{Plan, footprint};

fn main() -> Result<(), Box<dyn Error>> {
    let quick = env::args().any(|argument| argument == "--quick");
    let outcomes = footprint(Plan { quick }, |work| {
        let counted = allocation_counter::measure(work);
        counted.bytes_current.max(0).unsigned_abs()
    });
    println!("{}", serde_json::to_string(&outcomes)?);
    Ok(())
}
