/// How many replicas have to take part in an operation before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// None but this one: the operation is done at once, and replication spreads it in its own
    /// time.
    Eventual,
    /// This many voters. A read that shares a voter with a write sees it: `Majority` and
    /// `Majority` do, or any two that are more than all voters together.
    ///
    /// **Not linearizable**, whatever the numbers: two reads at once can return values of which
    /// neither contains the other.
    Quorum(Quorum),
    /// Linearizable, among the operations at this level: each takes effect at one moment between
    /// its start and its end, the same for everybody.
    Strong,
}

/// A number of voters. While the voters are being changed, it is asked for among the old ones *and*
/// among the new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// Any one of them.
    One,
    /// At least this many, which is at least one.
    Of(usize),
    /// More than half.
    Majority,
    /// All.
    All,
}

impl Quorum {
    /// How many of `replicas` replicas that is.
    ///
    /// ```
    /// use rejoin_quorum::Quorum;
    ///
    /// let of_five = [Quorum::One, Quorum::Of(2), Quorum::Majority, Quorum::All].map(|q| q.of(5));
    /// assert_eq!(of_five, [1, 2, 3, 5]);
    /// ```
    #[must_use]
    pub const fn of(self, replicas: usize) -> usize {
        match self {
            Self::One | Self::Of(0) => 1,
            Self::Of(n) => n,
            Self::Majority => replicas / 2 + 1,
            Self::All => replicas,
        }
    }
}
