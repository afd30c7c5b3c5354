//! Replicas of different versions of a type: nothing is lost between them.

mod bytes;
mod changes;
mod cluster;
mod edits;
mod executions;
mod types;
