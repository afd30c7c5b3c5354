//! Consistency levels, sessions, and the checkers of histories, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod histories;
mod linearizable;
mod net;
mod rounds;
mod sessions;
mod tokens;
