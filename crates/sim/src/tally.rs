/// What has counts to messages and commits so far.
///
/// [`Network::stats`](crate::Network::stats) has them by kind, and what replicas did with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Sent by replicas.
    pub sent: u64,
    /// How many bytes those have together.
    pub bytes: u64,
    /// Lost by chance, cut off by a partition, or on the way to a replica that was down, had left
    /// or was linked no more.
    pub lost: u64,
    /// Sent on twice.
    pub duplicated: u64,
    /// Damaged by a flipped bit.
    pub corrupted: u64,
    /// Handed to a replica, and accepted by it.
    pub delivered: u64,
    /// Handed to a replica, and refused by it.
    pub refused: u64,
    /// Commits that failed.
    pub failed_commits: u64,
}
