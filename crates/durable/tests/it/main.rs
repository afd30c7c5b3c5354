//! Replicas and their disks seen from outside: protocol, durability, and hostile input.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod durability;
mod epochs;
mod events;
mod exchange;
mod expiry;
mod hostile;
mod identity;
mod keyed;
mod last_write_wins;
mod limits;
mod migrating;
mod notes;
mod refused;
mod shapes;
mod siblings;
mod support;
mod unreadable;
mod versions;
