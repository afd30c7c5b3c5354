//! The encodings that are measured.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What ours is, for the notes below a table.
pub const OURS: &str = "rejoin-codec";

/// `value` in our compact binary form.
///
/// # Panics
///
/// Never: the types that are measured have no error.
pub fn ours<T: Serialize>(value: &T) -> Vec<u8> {
    rejoin_codec::to_vec(value).expect("the types that are measured have no error")
}

/// What [`ours`] encoded.
///
/// # Panics
///
/// On other bytes.
#[must_use]
pub fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> T {
    rejoin_codec::from_slice(bytes).expect("encoded by ourselves")
}

/// `value` of a peer that has no form of its own, in postcard.
///
/// # Panics
///
/// Never: the types that are measured have no error.
pub fn to_postcard<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("the types that are measured have no error")
}

/// What [`to_postcard`] encoded.
///
/// # Panics
///
/// On other bytes.
#[must_use]
pub fn from_postcard<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).expect("encoded by ourselves")
}

/// `bytes` through deflate, which is what Automerge does within its format.
///
/// # Panics
///
/// Never: memory takes all that is written.
#[must_use]
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
