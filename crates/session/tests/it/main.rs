//! Tokens and waits, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod letters;
mod tokens;
mod waits;
