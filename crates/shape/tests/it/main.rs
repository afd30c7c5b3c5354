//! Shapes of types that serde derives or a person has written, and what fits what.

#![allow(dead_code, reason = "types are asked for their shape, and have no values here")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod check;
mod encoding;
mod laws;
mod open_struct;
mod shapes;
mod versions;
