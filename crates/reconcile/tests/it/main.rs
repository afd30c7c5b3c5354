//! Sessions between two sets, against the difference as it is.

mod sessions;
mod support;
