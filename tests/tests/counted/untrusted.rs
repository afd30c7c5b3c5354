//! Untrusted bytes: no panic, no deep recursion, little memory, and what is accepted is sound.
//!
//! ```sh
//! REJOIN_CASES=1000000 REJOIN_SEED=7 cargo test --release -p rejoin-tests --test counted untrusted
//! ```

mod canaries;
mod crafted;
mod mutants;
mod mutate;
