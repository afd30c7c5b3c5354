use rejoin_store::Stats;

use crate::counters::Counters;

/// What a [`Node`](crate::Node) has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeStats {
    /// What the replica has done: edits, messages by kind, merges.
    pub replica: Stats,
    /// Transactions that reached the storage. Under load they are fewer than the edits.
    pub commits: u64,
    /// Transactions that failed. Their edits stay pending, and the next transaction retries them.
    pub failed_commits: u64,
    /// Stored records that could not be read when the storage was opened.
    pub unreadable: u64,
    /// Peers that are connected now.
    pub connected: u64,
    /// Connections closed because of what the peer sent: garbage, another protocol version, our own
    /// id, a frame that is too long, or a message that the replica refused.
    pub refused: u64,
    /// Messages that were not sent because too much was waiting for a slow peer already.
    pub dropped: u64,
    /// Bytes written to sockets: frames with their headers, greetings and keep-alives.
    pub bytes_sent: u64,
    /// Bytes of the frames that came in, with their headers.
    pub bytes_received: u64,
}

impl NodeStats {
    pub(crate) fn new(replica: Stats, unreadable: u64, counters: &Counters) -> Self {
        Self {
            replica,
            commits: counters.commits.get(),
            failed_commits: counters.failed_commits.get(),
            unreadable,
            connected: counters.connected.get(),
            refused: counters.refused.get(),
            dropped: counters.dropped.get(),
            bytes_sent: counters.bytes_sent.get(),
            bytes_received: counters.bytes_received.get(),
        }
    }
}
