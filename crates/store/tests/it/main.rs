//! The store seen from outside: protocol, durability, hostile input, and simulated runs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canaries;
mod causality;
mod durability;
mod epochs;
mod exchange;
mod expiry;
mod faults;
mod hostile;
mod identity;
mod keyed;
mod limits;
mod lww;
mod oracle;
mod siblings;
mod simulation;
mod support;
mod traps;
mod whole;
