/// How far the opening of a replica has come: see
/// [`Durable::open_with`](crate::Durable::open_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many bytes of records are in the value by now.
    pub bytes: u64,
    /// How many there are.
    pub total: u64,
}
