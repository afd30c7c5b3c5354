//! The harness of the cross-crate tests: what replicated values *mean*, as plain functions, and
//! executions that compare the crates with it.
//!
//! * [`oracle`] is the specification over events and visibility, and runs random executions.
//! * [`exhaustive`] runs every small execution there is, in [`worlds`].
//! * [`catalogue`] lists the data types; whatever is checked of each reads it.
//! * [`spec`] says of each type what its operations do, and how to apply and to read them.
//! * [`replay`] plays a real history of concurrent edits.
//! * [`round_trips`] puts every kind of content into every type, writes it and reads it again.
//! * [`rng`] is the seeded randomness of [`oracle`] and [`replay`].

pub mod accepted;
pub mod catalogue;
pub mod exhaustive;
pub mod oracle;
pub mod replay;
pub mod rng;
pub mod round_trips;
pub mod samples;
pub mod spec;
pub mod worlds;

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct FrontPage;
