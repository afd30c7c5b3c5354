//! The envelope of messages, stored records and tokens: a version byte, a checksum, and a body.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{DecodeError, EncodeError};

/// The bytes before the body: the version, and a little-endian CRC-32 of the body.
const HEADER: usize = 5;

/// Encodes `body` in an envelope of this version: a byte, a CRC-32 of the body, and the body.
///
/// It is for bytes that leave the process: what [`open`] reads is what was sealed, in the version
/// that the reader knows. It protects against damage, not against forgery.
///
/// ```
/// let sealed = rejoin_codec::seal(1, &("some", 300_u64))?;
/// assert_eq!(rejoin_codec::open(1, &sealed), Ok(("some".to_owned(), 300_u64)));
///
/// let mut damaged = sealed.clone();
/// damaged[7] ^= 1;
/// assert_eq!(rejoin_codec::open::<(String, u64)>(1, &damaged), Err(rejoin_codec::SealError::Checksum));
/// # Ok::<(), rejoin_codec::EncodeError>(())
/// ```
///
/// # Errors
///
/// When the value cannot be encoded.
pub fn seal<T: Serialize>(version: u8, body: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = vec![version; HEADER];
    crate::encode_into(body, &mut bytes)?;
    write_checksum(&mut bytes);
    Ok(bytes)
}

/// Puts a body that is encoded already in an envelope of this version.
#[must_use]
pub fn seal_bytes(version: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.resize(HEADER, version);
    bytes.extend_from_slice(body);
    write_checksum(&mut bytes);
    bytes
}

fn write_checksum(bytes: &mut [u8]) {
    let checksum = crc32fast::hash(&bytes[HEADER..]).to_le_bytes();
    bytes[1..HEADER].copy_from_slice(&checksum);
}

/// Decodes what [`seal`] has made. Every byte counts: any other input is an error.
///
/// # Errors
///
/// When the bytes are not an envelope of this version with an encoding of `T` in it.
pub fn open<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, SealError> {
    Ok(crate::from_slice(open_bytes(version, bytes)?)?)
}

/// Takes a body out of its envelope.
///
/// # Errors
///
/// If the envelope is damaged, or of another version.
pub fn open_bytes(version: u8, bytes: &[u8]) -> Result<&[u8], SealError> {
    let found = *bytes.first().ok_or(SealError::Truncated)?;
    if found != version {
        return Err(SealError::Version { found, expected: version });
    }
    let (header, body) = bytes.split_at_checked(HEADER).ok_or(SealError::Truncated)?;
    if header[1..] != crc32fast::hash(body).to_le_bytes() {
        return Err(SealError::Checksum);
    }
    Ok(body)
}

/// How many bytes [`seal`] would make, without making them.
///
/// # Errors
///
/// When the value cannot be encoded.
pub fn sealed_len<T: Serialize>(body: &T) -> Result<usize, EncodeError> {
    Ok(crate::encoded_len(body)? + HEADER)
}

/// Bytes that were not [sealed](seal) in this version, or were damaged since.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The input ends before the body.
    Truncated,
    /// The input is of another version.
    Version {
        /// The version of the input.
        found: u8,
        /// The only version that this release reads.
        expected: u8,
    },
    /// The checksum does not match: the input was damaged on the way.
    Checksum,
    /// The body is not an encoding of this type, or breaks one of its invariants.
    Body(DecodeError),
}

impl From<DecodeError> for SealError {
    fn from(error: DecodeError) -> Self {
        Self::Body(error)
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("input ends before the body"),
            Self::Version { found, expected } => {
                write!(f, "format version {found} where only {expected} is understood")
            }
            Self::Checksum => f.write_str("checksum does not match"),
            Self::Body(_) => f.write_str("body is not a valid encoding of this type"),
        }
    }
}

impl core::error::Error for SealError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Body(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::ToOwned;
    use std::string::{String, ToString};

    use super::*;

    #[test]
    fn every_byte_counts() {
        let bytes = seal(1, &("some", 300_u64)).unwrap();
        assert_eq!(bytes.len(), sealed_len(&("some", 300_u64)).unwrap());
        assert_eq!(open::<(String, u64)>(1, &bytes), Ok(("some".to_owned(), 300)));
        for at in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(open::<(String, u64)>(1, &bytes).is_err(), "bit {at}");
        }
        for len in 0..bytes.len() {
            assert!(open::<(String, u64)>(1, &bytes[..len]).is_err(), "length {len}");
        }
    }

    #[test]
    fn each_defect_has_its_error() {
        let check = |bytes: &[u8], error: &str| {
            assert_eq!(open::<u64>(1, bytes).unwrap_err().to_string(), error);
        };
        check(&[], "input ends before the body");
        check(&[1, 0], "input ends before the body");
        check(&[2, 0, 0, 0, 0, 7], "format version 2 where only 1 is understood");
        check(&[1, 0, 0, 0, 0, 7], "checksum does not match");
        check(&seal(1, &(7_u64, 8_u64)).unwrap(), "body is not a valid encoding of this type");
        check(&seal(1, &()).unwrap(), "body is not a valid encoding of this type");
        let error = open::<u64>(1, &seal(1, &(7_u64, 8_u64)).unwrap()).unwrap_err();
        let source = core::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "1 bytes are left over, at byte 2");
    }
}
