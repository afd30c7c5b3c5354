use crate::coordinator::{OperationError, Success};

/// Names one operation of one [`Quorums`](super::Quorums).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// An operation that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is told once"]
pub struct Ended<V> {
    /// Which one.
    pub ticket: Ticket,
    /// How many times it had to ask the voters; of several objects, the most of any.
    pub round_trips: u32,
    /// How it ended. A read gives the object.
    pub result: Result<Success<V>, OperationError>,
}

/// What has become so far of an operation on several objects.
#[derive(Debug)]
pub(super) struct Running {
    /// The objects that are not done.
    pub(super) left: usize,
    pub(super) round_trips: u32,
    pub(super) error: Option<OperationError>,
}
