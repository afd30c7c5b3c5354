use core::fmt;

use rejoin_clocks::Dot;

/// A sign that two writers use one replica id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForkedId {
    /// The other side knows this dot (or, of a counter, this count) of our own id, and we did not
    /// make it.
    Unknown(Dot),
    /// Both sides have this dot live, with different pieces.
    Different(Dot),
}

impl ForkedId {
    /// An error when `theirs`, the highest write of our own id elsewhere, is beyond `ours`.
    ///
    /// For implementations of [`Diff::check_fork`](crate::Diff::check_fork).
    ///
    /// # Errors
    ///
    /// When it is.
    pub fn unless_known(ours: u64, theirs: Option<Dot>) -> Result<(), Self> {
        match theirs {
            Some(dot) if dot.seq() > ours => Err(Self::Unknown(dot)),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for ForkedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(dot) => write!(f, "our own dot {dot} was made elsewhere"),
            Self::Different(dot) => write!(f, "dot {dot} was minted twice, for different writes"),
        }
    }
}

impl core::error::Error for ForkedId {}
