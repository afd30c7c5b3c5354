/// A mistake that is planted in one replica by [`Network::plant`](crate::Network::plant), to see
/// whether the checks of a test notice it: a check that has never failed proves nothing.
///
/// The replica itself does everything right. The network alters the messages that it gets and
/// sends, or what it stores, so that from outside it looks as if it had this mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// It sends deltas back to where they came from. Everything becomes equal all the same, but
    /// [`Stats::redundant`](rejoin_store::Stats::redundant) grows where it should not.
    Echo,
    /// It acknowledges one commit in four without storing anything. Edits that were acknowledged,
    /// or that others have seen, are lost in the next crash.
    SkipPersist,
    /// It forgets the acknowledgements that it gets, so it never stops keeping and sending deltas.
    ForgetAcks,
    /// It writes under the same incarnation after each restart. That does harm when it restarts
    /// from a disk that has less than what others have seen.
    ReuseIncarnation,
    /// It takes what it gets for written when it comes. Nothing is wrong with the values, but the
    /// lag and the staleness that it [reports](crate::Network::report) are.
    LateStamps,
}
