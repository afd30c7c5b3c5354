use core::fmt;
use std::io;

use crate::damage::Damage;

/// Why a [`RedbStorage`](crate::RedbStorage) could not be opened, read or written.
///
/// An append or a compaction that failed may still have reached the disk: it is unknown until the
/// next call. That is harmless, because deltas merge any number of times; it only must not be
/// acknowledged.
#[derive(Debug)]
#[non_exhaustive]
pub enum RedbError {
    /// Another handle, in this process or another, has the file open. Two writers would mint the
    /// same dots.
    Locked,
    /// The file is no store of ours: not a redb database, or one of another program. Its content
    /// has not been changed.
    Foreign,
    /// The file was written by a newer version of this crate. Its content has not been changed.
    NewerFormat {
        /// The format version in the file.
        found: u8,
        /// The newest format version that this build can read.
        known: u8,
    },
    /// The file was written before format 2, by a version that was never published. Its content
    /// has not been changed.
    OlderFormat {
        /// The format version in the file.
        found: u8,
        /// The only format version that this build can read.
        known: u8,
    },
    /// There is a file, and it is empty. No store ever is: it was cut off, or another program made
    /// it. If there is nothing to lose, delete it.
    Empty,
    /// The file is damaged. Its content has not been changed.
    Damaged(Damage),
    /// The path does not lead to the file that is open, or to what was written there: it was
    /// deleted, replaced or written over, and what is committed here would be lost with the last
    /// handle.
    Replaced,
    /// An earlier write of the same call failed.
    Failed,
    /// The file system said no: disk full, permission denied, a device error.
    Io(io::Error),
    /// The database refused for another reason.
    Redb(redb::Error),
}

impl fmt::Display for RedbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the store's file is already open elsewhere"),
            Self::Foreign => f.write_str("the file is not a rejoin store"),
            Self::NewerFormat { found, known } => {
                write!(
                    f,
                    "the store has format {found}, and this build knows formats up to {known}"
                )
            }
            Self::OlderFormat { found, known } => {
                write!(f, "the store has format {found}, and this build knows format {known}")
            }
            Self::Empty => f.write_str("the store's file is empty"),
            Self::Damaged(damage) => write!(f, "the store's file is damaged: {damage}"),
            Self::Replaced => f.write_str("the store's file was deleted or replaced"),
            Self::Failed => f.write_str("an earlier write failed"),
            Self::Io(_) => f.write_str("the store's file cannot be read or written"),
            Self::Redb(_) => f.write_str("the store's database failed"),
        }
    }
}

impl core::error::Error for RedbError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Redb(error) => Some(error),
            Self::Damaged(damage) => Some(damage.cause()?),
            _ => None,
        }
    }
}

impl From<io::Error> for RedbError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<redb::Error> for RedbError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::Locked,
            redb::Error::PreviousIo => Self::Failed,
            redb::Error::Io(error) => Self::Io(error),
            error => Self::Redb(error),
        }
    }
}

/// redb has one error type an operation; all of them come down to its general one.
macro_rules! from_redb {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for RedbError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}

from_redb! {
    StorageError TableError TransactionError CommitError SetDurabilityError DatabaseError
}
