//! Simulated runs of replicas, sessions and quorums; and the checkers, which have to notice what is
//! planted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canaries;
mod causality;
mod faults;
mod idle;
mod observed;
mod oracle;
mod simulation;
mod support;
mod torn;
mod traps;
mod whole;

mod changes;
mod chaos;
mod enrolments;
mod histories;
mod linearizable;
mod net;
mod operators;
mod replicated;
mod rounds;
mod sessions;
