//! What the bytes are, and that nothing else is accepted.

mod corpus;
mod golden;
mod hashed;
mod json;
#[path = "../support/samples.rs"]
mod samples;
mod size;
