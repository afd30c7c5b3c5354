use core::fmt;

use rejoin_codec::EncodeError;
use rejoin_shape::ShapeMismatch;
use rejoin_store::RefusedEdit;

use crate::unreadable::RecordError;

/// An edit was refused, and nothing has changed. Or a commit failed: the changes stay applied and
/// pending, and are sent to no peer. Or a compaction failed: what was stored before is stored
/// still.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitError<E> {
    /// The storage failed.
    Storage(E),
    /// The changes cannot be encoded.
    Encode(EncodeError),
    /// The edit was refused, and nothing has changed.
    Refused(RefusedEdit),
    /// An earlier commit has failed, and fails still. The edit was refused: it has not happened,
    /// and will not.
    Suspended(Box<Self>),
}

impl<E> From<EncodeError> for CommitError<E> {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl<E> fmt::Display for CommitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(_) => f.write_str("changes could not be stored"),
            Self::Encode(_) => f.write_str("changes cannot be encoded"),
            Self::Refused(_) => f.write_str("the edit was refused"),
            Self::Suspended(_) => {
                f.write_str("the edit was refused, because earlier changes cannot be stored")
            }
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for CommitError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Refused(error) => Some(error),
            Self::Suspended(error) => Some(error),
        }
    }
}

/// An epoch could not be begun. Nothing has changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum EpochError<R, E> {
    /// Peers are connected: all replicas have to be stopped.
    Connected,
    /// The value could not be rewritten.
    Rewrite(R),
    /// The epochs are used up, by a peer that has claimed the last one.
    Exhausted,
    /// The storage has [unreadable](crate::Durable::unreadable) records, which nothing could be
    /// made of any more.
    Unreadable,
    /// The edits before, or the value after it, could not be made durable.
    Commit(CommitError<E>),
}

impl<R, E> fmt::Display for EpochError<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connected => "peers are connected",
            Self::Rewrite(_) => "the value could not be rewritten",
            Self::Exhausted => "there is no further epoch",
            Self::Unreadable => "some stored records cannot be read",
            Self::Commit(_) => "the rewritten value could not be made durable",
        })
    }
}

impl<R, E> core::error::Error for EpochError<R, E>
where
    R: core::error::Error + 'static,
    E: core::error::Error + 'static,
{
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Connected | Self::Exhausted | Self::Unreadable => None,
            Self::Rewrite(error) => Some(error),
            Self::Commit(error) => Some(error),
        }
    }
}

/// A storage of another type could not be converted. It is what it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum MigrateError<R, E> {
    /// The storage could not be opened, as either type.
    Load(LoadError<E>),
    /// The value could not be converted or stored.
    Convert(EpochError<R, E>),
}

impl<R, E> MigrateError<R, E> {
    pub(crate) fn read(error: E) -> Self {
        Self::Load(LoadError::Storage(error))
    }
}

impl<R, E> fmt::Display for MigrateError<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Load(_) => "the storage could not be opened",
            Self::Convert(_) => "the stored value could not be converted",
        })
    }
}

impl<R, E> core::error::Error for MigrateError<R, E>
where
    R: core::error::Error + 'static,
    E: core::error::Error + 'static,
{
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Load(error) => Some(error),
            Self::Convert(error) => Some(error),
        }
    }
}

/// A replica could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError<E> {
    /// The storage could not be read.
    Storage(E),
    /// What is stored is of another type, or some of it. Nothing has been read or changed.
    Type(ShapeMismatch),
    /// A record cannot be read, and all have to be: see
    /// [`Durable::open_as`](crate::Durable::open_as).
    Record(RecordError),
}

impl<E> fmt::Display for LoadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(_) => f.write_str("storage cannot be read"),
            Self::Type(_) => f.write_str("what is stored is of another type"),
            Self::Record(_) => f.write_str("a stored record cannot be read"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for LoadError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Type(error) => Some(error),
            Self::Record(error) => Some(error),
        }
    }
}
