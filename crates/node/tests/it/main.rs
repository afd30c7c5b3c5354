//! Nodes without a network, and over one in memory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../redb/tests/it/disk.rs"]
#[allow(dead_code, reason = "the tests of redb use all of it")]
mod disk;
mod failing_disk;
mod in_memory;
mod versions;
