//! What stands before everything else in a file, and in each transaction.

use rejoin_durable::{NodeId, ReplicaId};
use xxhash_rust::xxh3::xxh3_64;

/// What this build writes, and the only format that it reads.
pub(crate) const FORMAT: u8 = 2;

const MAGIC: [u8; 8] = *b"rejoin\x1a\n";

/// Magic, format, and the length of the entries.
const PREFIX: usize = MAGIC.len() + 1 + 2;

const CHECKSUM: usize = 8;

/// Which store it is, and what is in it after a commit.
///
/// It is encoded as a list of entries by name, so that later ones have room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Minted with the file, and part of the checksum of each record.
    pub(crate) store: [u8; 16],
    pub(crate) node: [u8; 16],
    /// How many transactions there have been.
    pub(crate) commits: u64,
    /// The number of the first record, and the number after the last.
    pub(crate) first: u64,
    pub(crate) end: u64,
    /// The chain before the first record, and after the last.
    pub(crate) start: u64,
    pub(crate) chain: u64,
    pub(crate) snapshot_bytes: u64,
    pub(crate) log_bytes: u64,
}

/// Why bytes are no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadError {
    /// They do not begin as one.
    Foreign,
    /// They are one of another format.
    Format(u8),
    /// They were one.
    Damaged,
}

impl Head {
    /// That of an empty store.
    pub(crate) fn new(node: NodeId) -> Self {
        Self {
            store: *ReplicaId::random().as_bytes(),
            node: *node.as_bytes(),
            commits: 0,
            first: 0,
            end: 0,
            start: 0,
            chain: 0,
            snapshot_bytes: 0,
            log_bytes: 0,
        }
    }

    /// Whose data it is.
    pub(crate) fn node(&self) -> NodeId {
        NodeId::from_bytes(self.node).unwrap_or(NodeId::from_u128(0)) // never: it was checked
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> u64 {
        self.end.saturating_sub(self.first)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([FORMAT, 0, 0]);
        let mut copy = *self;
        copy.entries(&mut |name, value| {
            bytes.push(name.len() as u8);
            bytes.extend(name.as_bytes());
            bytes.extend((value.len() as u16).to_le_bytes());
            bytes.extend(&*value);
        });
        let length = (bytes.len() - PREFIX) as u16;
        bytes[PREFIX - 2..PREFIX].copy_from_slice(&length.to_le_bytes());
        let checksum = xxh3_64(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// Reads a head from bytes that begin with it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeadError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(HeadError::Foreign);
        }
        let prefix = bytes.get(..PREFIX).ok_or(HeadError::Damaged)?;
        let length = usize::from(u16::from_le_bytes([prefix[PREFIX - 2], prefix[PREFIX - 1]]));
        let (content, checksum) = bytes
            .get(..PREFIX + length + CHECKSUM)
            .and_then(|head| head.split_last_chunk::<CHECKSUM>())
            .ok_or(HeadError::Damaged)?;
        if xxh3_64(content) != u64::from_le_bytes(*checksum) {
            return Err(HeadError::Damaged);
        }
        match prefix[MAGIC.len()] {
            FORMAT => Self::read(&content[PREFIX..]).ok_or(HeadError::Damaged),
            format => Err(HeadError::Format(format)),
        }
    }

    /// Reads the entries. Unknown ones are passed over, and missing ones are an error.
    fn read(mut entries: &[u8]) -> Option<Self> {
        let mut found = Vec::new();
        while let Some((length, rest)) = entries.split_first() {
            let (name, rest) = rest.split_at_checked(usize::from(*length))?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
            found.push((name, value));
            entries = rest;
        }
        let mut head = Self::new(NodeId::from_u128(0));
        let mut is_whole = true;
        head.entries(&mut |name, value| {
            let same = found.iter().find(|(other, _)| *other == name.as_bytes());
            match same.filter(|(_, bytes)| bytes.len() == value.len()) {
                Some((_, bytes)) => value.copy_from_slice(bytes),
                None => is_whole = false,
            }
        });
        (is_whole && NodeId::from_bytes(head.node).is_some()).then_some(head)
    }

    /// Calls `visit` with the name and the bytes of each entry, which it may change.
    fn entries(&mut self, visit: &mut dyn FnMut(&str, &mut [u8])) {
        visit("store", &mut self.store);
        visit("node", &mut self.node);
        for (name, number) in [
            ("commits", &mut self.commits),
            ("first", &mut self.first),
            ("end", &mut self.end),
            ("start", &mut self.start),
            ("chain", &mut self.chain),
            ("snapshot bytes", &mut self.snapshot_bytes),
            ("log bytes", &mut self.log_bytes),
        ] {
            let mut bytes = number.to_le_bytes();
            visit(name, &mut bytes);
            *number = u64::from_le_bytes(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_head_counts() {
        let head = Head { commits: 7, end: 300, chain: u64::MAX, ..Head::new(NodeId::random()) };
        let mut bytes = head.encode();
        bytes.extend([0; 20]); // as in its slot
        assert_eq!(Head::decode(&bytes), Ok(head));
        for bit in 0..(bytes.len() - 20) * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Head::decode(&bytes).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() - 20 {
            assert!(Head::decode(&bytes[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn another_format_is_told_from_damage_and_later_entries_are_passed_over() {
        let head = Head::new(NodeId::random());
        let resealed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = head.encode();
            bytes.truncate(bytes.len() - CHECKSUM);
            change(&mut bytes);
            let checksum = xxh3_64(&bytes);
            bytes.extend(checksum.to_le_bytes());
            Head::decode(&bytes)
        };
        assert_eq!(resealed(&|bytes| bytes[MAGIC.len()] = 3), Err(HeadError::Format(3)));
        let entry = b"\x05shape\x02\0xy";
        let added = resealed(&|bytes| {
            bytes.extend(entry);
            let length = (bytes.len() - PREFIX) as u16;
            bytes[PREFIX - 2..PREFIX].copy_from_slice(&length.to_le_bytes());
        });
        assert_eq!(added, Ok(head));
    }
}
