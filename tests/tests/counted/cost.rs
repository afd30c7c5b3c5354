//! Cost follows the delta, never the state: counted, not timed.
//!
//! What is counted is what is done with keys (comparisons, hashes, clones), and what is asked of
//! the allocator (allocations, and their bytes). A walk over dots alone does neither; that the
//! scoreboard of `benches` would show.

mod causal;
mod clocks;
mod plain;
mod rig;
