//! Consistency levels, sessions, and the checkers of histories, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chaos;
mod histories;
#[path = "../support/letters.rs"]
mod letters;
mod linearizable;
#[path = "../support/members.rs"]
mod members;
mod net;
mod operations;
mod replicated;
mod rounds;
mod sessions;
mod strangers;
mod tokens;
