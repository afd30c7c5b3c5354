use rejoin_codec::{Codec, DecodeError};
use rejoin_core::ReplicaId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

/// Something to be merged, encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding<'a> {
    /// A delta of this writer, whose id is not in the bytes.
    Delta(ReplicaId, &'a [u8]),
    /// A part of a value, or all of it.
    Part(&'a [u8]),
}

impl Encoding<'_> {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// When the bytes are not an encoding of the type.
    pub fn decode<S: DeserializeOwned>(self) -> Result<S, DecodeError> {
        match self {
            Self::Delta(writer, bytes) => delta_codec(&[writer]).from_slice(bytes),
            Self::Part(bytes) => rejoin_codec::from_slice(bytes),
        }
    }
}

/// How deltas of a writer are encoded.
#[must_use]
pub const fn delta_codec(writer: &[ReplicaId; 1]) -> Codec<'_> {
    Codec::new().enclosed(writer)
}

/// A number that is the same for equal bytes. Of others it is the same by chance, one time in 2⁶⁴.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The [`hash`] of the encoding of a value.
#[must_use]
pub fn fingerprint<T: Serialize>(value: &T) -> u64 {
    rejoin_codec::to_vec(value).map_or(0, |bytes| hash(&bytes))
}
