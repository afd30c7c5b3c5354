//! What the bytes are, and that nothing else is accepted.

mod golden;
#[path = "../support/samples.rs"]
mod samples;
mod size;
