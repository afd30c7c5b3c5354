//! The envelope of messages and stored records: a version byte, a checksum, and a body in the format
//! of `rejoin-codec`.

use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes before the body: the version, and a little-endian CRC-32 of the body.
const HEADER: usize = 5;

/// Encodes `body` in an envelope of this version.
pub(crate) fn encode<T: Serialize>(version: u8, body: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = vec![version; HEADER];
    rejoin_codec::encode_into(body, &mut bytes)?;
    write_checksum(&mut bytes);
    Ok(bytes)
}

/// Puts a body that is encoded already in an envelope of this version.
pub(crate) fn enclose(version: u8, body: &[u8]) -> Vec<u8> {
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

/// Decodes what [`encode`] has made. Every byte counts: any other input is an error.
pub(crate) fn decode<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, DecodeError> {
    let found = *bytes.first().ok_or(DecodeError::Truncated)?;
    if found != version {
        return Err(DecodeError::Version { found, expected: version });
    }
    let (header, body) = bytes.split_at_checked(HEADER).ok_or(DecodeError::Truncated)?;
    if header[1..] != crc32fast::hash(body).to_le_bytes() {
        return Err(DecodeError::Checksum);
    }
    Ok(rejoin_codec::from_slice(body)?)
}

/// How many bytes [`encode`] would make, without making them.
pub(crate) fn encoded_len<T: Serialize>(body: &T) -> Result<usize, CodecError> {
    Ok(rejoin_codec::encoded_len(body)? + HEADER)
}

/// Bytes that are not a message, or not a stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The input ends before the body.
    Truncated,
    /// The input is of another version of the format.
    Version {
        /// The version of the input.
        found: u8,
        /// The only version that this release reads.
        expected: u8,
    },
    /// The checksum does not match: the input was damaged on the way.
    Checksum,
    /// The body is not an encoding of this type, or breaks one of its invariants.
    Body(CodecError),
}

impl From<rejoin_codec::DecodeError> for DecodeError {
    fn from(error: rejoin_codec::DecodeError) -> Self {
        Self::Body(error.into())
    }
}

impl fmt::Display for DecodeError {
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

impl core::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Body(error) => Some(error),
            _ => None,
        }
    }
}

/// A value cannot be turned into bytes, or back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// Its type cannot be encoded, or it nests too deep.
    Encode(rejoin_codec::EncodeError),
    /// The bytes are not an encoding of the type.
    Decode(rejoin_codec::DecodeError),
}

impl From<rejoin_codec::EncodeError> for CodecError {
    fn from(error: rejoin_codec::EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<rejoin_codec::DecodeError> for CodecError {
    fn from(error: rejoin_codec::DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CodecError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts() {
        let bytes = encode(1, &("some", 300_u64)).unwrap();
        assert_eq!(bytes.len(), encoded_len(&("some", 300_u64)).unwrap());
        assert_eq!(decode::<(String, u64)>(1, &bytes), Ok(("some".to_owned(), 300)));
        for at in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(decode::<(String, u64)>(1, &bytes).is_err(), "bit {at}");
        }
        for len in 0..bytes.len() {
            assert!(decode::<(String, u64)>(1, &bytes[..len]).is_err(), "length {len}");
        }
    }

    #[test]
    fn each_defect_has_its_error() {
        let check = |bytes: &[u8], error: &str| {
            assert_eq!(decode::<u64>(1, bytes).unwrap_err().to_string(), error);
        };
        check(&[], "input ends before the body");
        check(&[1, 0], "input ends before the body");
        check(&[2, 0, 0, 0, 0, 7], "format version 2 where only 1 is understood");
        check(&[1, 0, 0, 0, 0, 7], "checksum does not match");
        check(&encode(1, &(7_u64, 8_u64)).unwrap(), "body is not a valid encoding of this type");
        check(&encode(1, &()).unwrap(), "body is not a valid encoding of this type");
        let error = decode::<u64>(1, &encode(1, &(7_u64, 8_u64)).unwrap()).unwrap_err();
        let source = core::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "1 bytes are left over, at byte 2");
    }
}
