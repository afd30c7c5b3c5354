use core::fmt;

use rejoin_codec::SealError;
use rejoin_shape::ShapeError;

/// A stored record that cannot be read, or records that the storage has lost: see
/// [`Durable::unreadable`](crate::Durable::unreadable).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub(crate) position: u64,
    pub(crate) records: u64,
    /// The epoch of the replica when it was found.
    pub(crate) epoch: u64,
    pub(crate) error: RecordError,
    pub(crate) bytes: Vec<u8>,
}

impl Unreadable {
    /// How many records the storage had before it, when it was found.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many records it stands for: 1, or how many the storage has lost there.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Why it cannot be read.
    #[must_use]
    pub fn error(&self) -> &RecordError {
        &self.error
    }

    /// The record as it is stored: nothing, if the storage has lost it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, records, error, bytes, .. } = self;
        match records {
            1 => write!(f, "record {position}, {} bytes: {error}", bytes.len()),
            _ => write!(f, "{records} records from {position} on: {error}"),
        }
    }
}

/// Why a stored record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// It is damaged, or was written by another version or for another type.
    Sealed(SealError),
    /// It can be read, but is of an epoch that has [ended](crate::Durable::begin_epoch).
    Epoch,
    /// It says of which type the others are, in a way that this release does not know.
    Shape(ShapeError),
    /// The storage has lost it.
    Lost,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sealed(_) => "it cannot be decoded",
            Self::Epoch => "it is of an epoch that has ended",
            Self::Shape(_) => "it does not say of which type the records are",
            Self::Lost => "the storage has lost it",
        })
    }
}

impl core::error::Error for RecordError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Sealed(error) => Some(error),
            Self::Shape(error) => Some(error),
            Self::Epoch | Self::Lost => None,
        }
    }
}
