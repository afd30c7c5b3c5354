//! Bytes from a stranger: no panic, no deep recursion, little memory, and what is accepted is sound.
//!
//! ```sh
//! REJOIN_CASES=1000000 REJOIN_SEED=7 cargo test --release -p rejoin-codec --test hostile
//! ```

mod canaries;
#[path = "../support/check.rs"]
mod check;
mod crafted;
mod memory;
mod mutants;
#[path = "../support/mutate.rs"]
mod mutate;
#[path = "../support/samples.rs"]
mod samples;
