//! Each clock against a simple model, over random histories. `QUICKCHECK_TESTS` sets the number of
//! cases of each property.

mod causal_context;
mod dotted_version_vector;
mod hlc;
mod identity;
mod lamport;
#[cfg(feature = "serde")]
mod serde;
mod support;
mod version_vector;
mod wall_time;
