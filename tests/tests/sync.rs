//! Synchronisation over links: the paper's figures run again, and ours beside them.

#[path = "sync/bars.rs"]
mod bars;
#[path = "sync/canaries.rs"]
mod canaries;
#[path = "sync/changes.rs"]
mod changes;
#[path = "sync/loss.rs"]
mod loss;
#[path = "sync/paper.rs"]
mod paper;
#[path = "sync/traps.rs"]
mod traps;
