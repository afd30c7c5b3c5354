//! One file: what is in it, and what is left of it. Every write, resize and sync of a small
//! workload fails in turn, for a while or by a power cut that drops or tears what was not synced;
//! afterwards all that was acknowledged is there.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod damage;
mod disk;
mod dots;
mod file;
mod full;
mod full_file_system;
mod records;

/// The numbers below `all` of the operations that fail, evenly: at most as many as the variable
/// `REJOIN_CASES` says, or all of them.
fn failing(all: u64) -> impl Iterator<Item = u64> {
    let most = std::env::var("REJOIN_CASES").map_or(all, |most| most.parse().expect("a number"));
    let most = most.clamp(1, all.max(1));
    (0..most).map(move |number| number * all / most)
}
