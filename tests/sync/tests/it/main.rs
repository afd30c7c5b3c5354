//! Synchronisation over links: the paper's figures run again, and ours beside them.

mod bars;
mod canaries;
mod changes;
mod loss;
mod paper;
mod traps;
