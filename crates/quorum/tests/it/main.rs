//! Acceptors, coordinators and quorums, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod lengths;
mod members;
mod model;
mod operations;
mod runs;
mod standings;
mod untrusted;
