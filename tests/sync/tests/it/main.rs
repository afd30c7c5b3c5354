//! Synchronisation over links: the paper's figures run again, and ours beside them.

mod bars;
mod canaries;
mod changes;
mod loss;
mod paper;
mod traps;

/// Whether the variable `REJOIN_CASES` asks for few.
fn few_cases() -> bool {
    std::env::var("REJOIN_CASES").is_ok_and(|cases| cases.parse::<u64>().expect("a number") < 1_000)
}

/// So many seeds, or a third of them where few cases are asked for.
fn seeds(all: u64) -> std::ops::Range<u64> {
    0..if few_cases() { all.div_ceil(3) } else { all }
}
