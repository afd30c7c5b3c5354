use core::fmt;

use rejoin_core::NodeId;

use crate::voters::Voters;

/// Names one operation of one [`Coordinator`](super::Coordinator).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub(super) u64);

/// An operation that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "it is told once"]
pub struct Done<S> {
    /// Which one.
    pub operation: OperationId,
    /// How many times it had to ask the voters: attempts of a strong read, or 2 for a quorum read
    /// that had to repair. 0 if none was asked.
    pub round_trips: u32,
    /// How it ended.
    pub result: Result<Success<S>, OperationError>,
}

impl<S> Done<S> {
    pub(super) fn failed(number: u64, error: OperationError) -> Self {
        Self { operation: OperationId(number), round_trips: 0, result: Err(error) }
    }
}

/// What an operation has achieved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Success<S> {
    /// The update is durable at as many voters as were asked for.
    Updated,
    /// The value that was read.
    Read(S),
    /// The voters are these from now on.
    Changed(Voters),
}

/// Who had done their part when an operation was given up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answers {
    /// The voters that had answered to the last that was asked, in ascending order.
    pub answered: Vec<NodeId>,
    /// The voters that had not.
    pub silent: Vec<NodeId>,
}

/// An operation was not done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationError {
    /// The update was not confirmed by its deadline. **It may have taken effect, and may still do
    /// so**: those who have answered have it, and it spreads from there and from here.
    Indeterminate(Answers),
    /// The read, or the change of voters, was not done by its deadline.
    Unanswered(Answers),
    /// There are fewer voters than were asked for. Nothing was sent.
    TooFewVoters {
        /// How many were asked for.
        wanted: usize,
        /// How many there are.
        voters: usize,
    },
    /// The voters were changed to these by another node.
    OtherVoters(Voters),
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Indeterminate(answers) => {
                write!(f, "update may or may not have taken effect: {answers}")
            }
            Self::Unanswered(answers) => write!(f, "not enough voters answered: {answers}"),
            Self::TooFewVoters { wanted, voters } => {
                write!(f, "{wanted} voters were asked for, and there are {voters}")
            }
            Self::OtherVoters(_) => f.write_str("voters were changed by another node"),
        }
    }
}

impl core::error::Error for OperationError {}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.answered.len() + self.silent.len();
        write!(f, "{} of {all} answered", self.answered.len())?;
        for (index, silent) in self.silent.iter().enumerate() {
            write!(f, "{}{silent}", if index == 0 { ", not " } else { ", " })?;
        }
        Ok(())
    }
}
