//! Sessions between two sets, beside the difference as it is.

mod costs;
mod hostile;
mod network;
mod sessions;
mod summaries;
mod support;
