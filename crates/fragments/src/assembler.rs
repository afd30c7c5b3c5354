use std::collections::{BTreeMap, VecDeque};

use xxhash_rust::xxh3::xxh3_64;

use crate::fragment::{Fragment, Receipt};

/// How many messages that came in fragments are remembered, to answer fragments that come again.
const REMEMBERED: usize = 64;

/// What a message that has begun takes beside its bytes.
const OVERHEAD: usize = 96;

/// Partially received messages, from any peer.
///
/// A message that a lost connection has cut off goes on where it was, when it is sent again, by
/// any peer, because it is known by its content.
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    begun: BTreeMap<u64, Begun>,
    /// Counts fragments, to tell which message has not gone on for longest.
    clock: u64,
    complete: VecDeque<(u64, u64)>,
}

#[derive(Clone, Debug)]
struct Begun {
    bytes: Vec<u8>,
    touched: u64,
}

impl Assembler {
    /// Takes in a fragment of a message of at most `limit` bytes, and gives back the message if
    /// that completes it, and what to answer.
    pub fn insert(&mut self, fragment: &Fragment, limit: usize) -> (Option<Vec<u8>>, Receipt) {
        let Fragment { name, length, start, ref bytes } = *fragment;
        if self.complete.contains(&(name, length)) {
            return (None, Receipt { name, end: length });
        }
        self.clock += 1;
        let begun = self.begun.entry(name).or_insert(Begun { bytes: Vec::new(), touched: 0 });
        begun.touched = self.clock;
        let end = begun.bytes.len() as u64;
        // What overlaps has come before; what leaves a gap will come again.
        if let Some(fresh) =
            end.checked_sub(start).and_then(|known| bytes.get(usize::try_from(known).ok()?..))
        {
            begun.bytes.extend_from_slice(fresh);
        }
        let end = begun.bytes.len() as u64;
        if end < length {
            if begun.bytes.is_empty() {
                self.begun.remove(&name);
            }
            self.shrink(limit);
            return (None, Receipt { name, end });
        }
        let whole = self.begun.remove(&name).map(|begun| begun.bytes);
        let whole = whole.filter(|bytes| xxh3_64(bytes) == name);
        let Some(whole) = whole else {
            return (None, Receipt { name, end: 0 }); // damaged: from the beginning
        };
        self.complete.push_back((name, length));
        if self.complete.len() > REMEMBERED {
            self.complete.pop_front();
        }
        (Some(whole), Receipt { name, end: length })
    }

    /// Takes back that this message is complete, because it was refused: it is not acknowledged
    /// when it comes again.
    pub fn refuse(&mut self, name: u64) {
        self.complete.retain(|(other, _)| *other != name);
    }

    /// The length of all that has come of messages that are not complete.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.begun.values().map(|begun| begun.bytes.len()).sum()
    }

    /// Drops the messages that have not gone on for longest, until the rest is within `limit`. Each
    /// beside the first counts with what it takes beside its bytes, so that many short ones do not
    /// take more.
    fn shrink(&mut self, limit: usize) {
        while self.bytes() + self.begun.len().saturating_sub(1) * OVERHEAD > limit {
            let oldest = self.begun.iter().min_by_key(|(_, begun)| begun.touched);
            let Some(name) = oldest.map(|(name, _)| *name) else { break };
            self.begun.remove(&name);
        }
    }
}
