//! One file: what is in it, and what is left of it. Every write, resize and sync of a small
//! workload fails in turn, for a while or by a power cut that drops or tears what was not synced;
//! afterwards all that was acknowledged is there.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod damage;
mod disk;
mod dots;
mod file;
mod full;
mod full_file_system;
mod records;
