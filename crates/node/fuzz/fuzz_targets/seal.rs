//! The envelope that the checksum would keep the engine out of.

/// `body` with a version and its checksum before it.
pub fn seal(version: u8, body: &[u8]) -> Vec<u8> {
    [&[version], &crc32fast::hash(body).to_le_bytes()[..], body].concat()
}
