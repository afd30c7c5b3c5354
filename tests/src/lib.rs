//! The harness of the cross-crate tests: what replicated values *mean*, as plain functions, and
//! executions that compare the crates with it.
//!
//! * [`oracle`] is the specification over events and visibility, and runs random executions.
//! * [`spec`] says of each type what its operations do, and how to apply and to read them.
//! * [`replay`] plays a real history of concurrent edits.
//! * [`rng`] is the seeded randomness of the first two.

pub mod oracle;
pub mod replay;
pub mod rng;
pub mod spec;
