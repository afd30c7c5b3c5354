use rejoin_codec::EncodeError;
use rejoin_core::NodeId;

use crate::error::CommitError;

/// Streams the records of a snapshot to the callback.
///
/// No more than one of them is in memory at a time. When it fails, the snapshot is not whole, and
/// must not be kept.
pub type Snapshot<'a> = dyn FnMut(&mut dyn FnMut(&[u8])) -> Result<(), EncodeError> + 'a;

/// What a [`Storage`] has in the place of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stored<'a> {
    /// The record, as it was handed over.
    Record(&'a [u8]),
    /// Nothing: so many records were here, and are gone or damaged.
    Lost {
        /// How many.
        records: u64,
    },
}

/// Where one replica keeps its records: a snapshot, which has any number of them, and a log of
/// deltas after it.
///
/// Records are opaque bytes that carry their own version and checksum. An adapter implements this
/// trait; [`Durable`](crate::Durable) is the only caller.
///
/// # Laws
///
/// * **What `append` or `compact` has answered with `Ok` is there after a crash.** Losing it makes
///   the replica mint the same dots twice, which loses edits at every replica.
/// * A call that answered with an error, or was cut short by a crash, took effect as a whole or
///   not at all.
/// * `load` visits the records of the latest snapshot, and then everything appended since, in
///   order. A record that is not what it was, or is not there, is visited as [`Stored::Lost`] or
///   makes `load` fail; none is passed over.
/// * A failure need not be for ever: a call may succeed once its cause is gone, and the caller
///   tries again.
pub trait Storage {
    /// Why the storage failed.
    type Error: core::error::Error + Send + Sync + 'static;

    /// The node whose data this is: minted when this storage was created, or given to it since, and
    /// kept with the data. A replica that is opened on it writes under a run of it.
    fn node(&self) -> NodeId;

    /// Makes this the storage of another node, with `NodeId::random()`.
    ///
    /// A restored backup or a copied disk needs it if the data has rights or votes that belong to a
    /// node, as in a bounded counter: the copy would use them a second time. No other edits are
    /// lost without it, because each opening writes under a run of its own.
    ///
    /// # Errors
    ///
    /// When it may not have happened.
    fn renew(&mut self, node: NodeId) -> Result<(), Self::Error>;

    /// Calls `visit` with every record of the snapshot, and then with every delta of the log.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    fn load(&mut self, visit: &mut dyn FnMut(Stored<'_>)) -> Result<(), Self::Error>;

    /// Adds a delta to the log, in one transaction. It is durable when this returns.
    ///
    /// # Errors
    ///
    /// When it may not be durable. The same delta is appended again later, which does no harm if it
    /// was.
    fn append(&mut self, delta: &[u8]) -> Result<(), Self::Error>;

    /// Replaces the snapshot by another and drops the log, in one transaction. Calls `snapshot`
    /// once.
    ///
    /// # Errors
    ///
    /// When it may not have happened, and when `snapshot` fails, in which case it has not.
    /// Everything stored so far, or what stands for it, is still there then.
    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<Self::Error>>;

    /// The length of all deltas in the log together.
    fn log_bytes(&self) -> u64;

    /// The length of all records of the snapshot together.
    fn snapshot_bytes(&self) -> u64;
}
