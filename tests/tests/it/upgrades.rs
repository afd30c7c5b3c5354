//! Replicas of different versions of a type: nothing is lost between them.
//!
//! ```sh
//! REJOIN_SEEDS=100000 cargo test --release -p rejoin-tests --test it upgrades
//! ```

mod bytes;
mod changes;
mod cluster;
mod edits;
mod executions;
mod forgetful;
mod laws;
pub(crate) mod types;

/// So many seeds, or as many more or less as the variable `REJOIN_SEEDS` has more or less than 20.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let all = std::env::var("REJOIN_SEEDS").map_or(20, |seeds| seeds.parse().expect("a number"));
    0..usual * all / 20
}
