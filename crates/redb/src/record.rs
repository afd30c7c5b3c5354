//! A record as it is stored.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::head::Head;

/// How the bytes of a record begin, and those of a mark that so many were lost.
pub(crate) const RECORD: [u8; 4] = *b"rec\x02";
pub(crate) const LOST: [u8; 4] = *b"los\x02";

/// What goes before a body: kind, length, number, checksum, and chain.
pub(crate) const HEADER: usize = 4 + 4 + 8 + 8 + 8;

/// A record that is what was stored under its number in this store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) chain: u64,
    pub(crate) checksum: u64,
    pub(crate) body: &'a [u8],
}

/// The header of the record that comes next after what `head` says, and the chain after it.
///
/// The checksum is of this record: it says which store it is of, and its number. The chain is of
/// this record and of all before it.
pub(crate) fn header(head: &Head, kind: [u8; 4], body: &[u8]) -> ([u8; HEADER], u64) {
    let checksum = checksum(head, head.end, kind, body);
    let chain = chain(head.chain, checksum);
    let mut bytes = [0; HEADER];
    bytes[..4].copy_from_slice(&kind);
    bytes[4..8].copy_from_slice(&(body.len() as u32).to_le_bytes());
    bytes[8..16].copy_from_slice(&head.end.to_le_bytes());
    bytes[16..24].copy_from_slice(&checksum.to_le_bytes());
    bytes[24..].copy_from_slice(&chain.to_le_bytes());
    (bytes, chain)
}

/// The number and the length that a header claims.
pub(crate) fn claim(header: &[u8; HEADER]) -> Option<(u64, usize)> {
    let kind: [u8; 4] = header[..4].try_into().ok()?;
    let length = u32::from_le_bytes(header[4..8].try_into().ok()?);
    let number = u64::from_le_bytes(header[8..16].try_into().ok()?);
    matches!(kind, RECORD | LOST).then_some((number, length as usize))
}

/// Reads the record with this number.
pub(crate) fn open<'a>(head: &Head, number: u64, bytes: &'a [u8]) -> Option<Opened<'a>> {
    let (header, body) = bytes.split_first_chunk::<HEADER>()?;
    let kind = header[..4].try_into().ok()?;
    let found = u64::from_le_bytes(header[16..24].try_into().ok()?);
    let chain = u64::from_le_bytes(header[24..].try_into().ok()?);
    let is_whole =
        claim(header) == Some((number, body.len())) && found == checksum(head, number, kind, body);
    is_whole.then_some(Opened { kind, chain, checksum: found, body })
}

/// The chain after a record with this checksum.
pub(crate) fn chain(before: u64, checksum: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&before.to_le_bytes());
    bytes[8..].copy_from_slice(&checksum.to_le_bytes());
    xxh3_64(&bytes)
}

fn checksum(head: &Head, number: u64, kind: [u8; 4], body: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&head.store);
    hasher.update(&number.to_le_bytes());
    hasher.update(&kind);
    hasher.update(body);
    hasher.digest()
}

/// How many records a mark says that were lost.
pub(crate) fn lost(body: &[u8]) -> u64 {
    body.try_into().map_or(1, u64::from_le_bytes)
}
