//! A second decoder, in Python, agrees with the crates. It was written from docs/wire.md alone, so
//! what it reads is what that page says.
//!
//! ```sh
//! REJOIN_PYTHON=required REJOIN_CASES=1000 cargo test -p rejoin-tests --test it decoder
//! ```
//!
//! Without `python3` on the `PATH` all of this is skipped, unless it is required. A value can be
//! read by hand, too: `tests/decoder/rejoin.py` takes the shape of its type, which is
//! `Shape::of::<T>().encode()` of rejoin-shape, and its bytes, and says what else it can do.
//!
//! ```sh
//! python3 tests/decoder/rejoin.py 04010f0107 020150737461727407 # a map {string: u8}
//! ```

mod cases;
mod depth;
#[path = "../counted/untrusted/mutate.rs"]
mod mutate;
mod samples;
mod tree;
mod types;
mod versions;

use std::env;
use std::ops::Range;

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// How many values are tried: ten times as many as the variable `REJOIN_CASES` says, and no more
/// than there is memory for.
fn cases() -> u64 {
    (10 * setting("REJOIN_CASES", 50)).min(20_000)
}

/// So many seeds, from the one on that the variable `REJOIN_SEED` says.
fn seeds(count: u64) -> Range<u64> {
    let first = setting("REJOIN_SEED", 0);
    first..first + count
}
