use alloc::vec::Vec;

use super::{Id, ReplicaReader};
use crate::Reason;
use crate::varint::{self, unzigzag, zigzag};

/// Writes the dots of stores that have one, in the order of the data, as runs of consecutive
/// sequence numbers of one replica:
///
/// ```text
/// run = (length - 1) * 2 + moved, [place of the replica, if moved], zigzag(start - expected)
/// ```
///
/// `moved` says that the replica is not that of the run before (at first: place 0), and `expected`
/// is the sequence number after the last run of the same replica, or 1.
#[derive(Default)]
pub(crate) struct RunWriter {
    bytes: Vec<u8>,
    run: Option<Run>,
    before: Before,
}

#[derive(Clone, Copy)]
struct Run {
    place: usize,
    start: u64,
    /// Not 0.
    len: u64,
}

/// What the runs so far say about the next one.
#[derive(Default)]
struct Before {
    place: usize,
    /// By place: the last sequence number.
    ends: Vec<u64>,
}

impl Before {
    fn end(&self, place: usize) -> u64 {
        self.ends.get(place).copied().unwrap_or(0)
    }

    fn set(&mut self, place: usize, end: u64) {
        if self.ends.len() <= place {
            self.ends.resize(place + 1, 0);
        }
        self.ends[place] = end;
        self.place = place;
    }
}

impl RunWriter {
    #[inline]
    pub(crate) fn push(&mut self, place: usize, seq: u64) {
        if let Some(run) = &mut self.run {
            // No overflow: the run's last number is one, and the next is not beyond `u64::MAX`.
            if run.place == place && seq.wrapping_sub(run.start) == run.len {
                run.len += 1;
                return;
            }
        }
        self.flush();
        self.run = Some(Run { place, start: seq, len: 1 });
    }

    fn flush(&mut self) {
        let Some(Run { place, start, len }) = self.run.take() else { return };
        let moved = place != self.before.place;
        varint::put(&mut self.bytes, (len - 1) << 1 | u64::from(moved));
        if moved {
            varint::put(&mut self.bytes, place as u64);
        }
        let expected = self.before.end(place).wrapping_add(1);
        let ahead = start.wrapping_sub(expected) as i64; // modulo 2⁶⁴
        varint::put(&mut self.bytes, zigzag(ahead));
        self.before.set(place, start + (len - 1));
    }

    pub(crate) fn finish(&mut self) -> &[u8] {
        self.flush();
        &self.bytes
    }
}

/// Reads what [`RunWriter`] writes.
#[derive(Default)]
pub(crate) struct RunReader<'de> {
    bytes: &'de [u8],
    id: Option<&'de Id>,
    next: u64,
    /// How many dots of the run are left.
    left: u64,
    before: Before,
}

impl<'de> RunReader<'de> {
    pub(crate) fn new(bytes: &'de [u8]) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// The next dot.
    #[inline]
    pub(crate) fn next(
        &mut self,
        replicas: &mut ReplicaReader<'de>,
    ) -> Result<(&'de Id, u64), Reason> {
        if self.left == 0 {
            self.load(replicas)?;
        }
        let id = self.id.ok_or(Reason::Run)?;
        let seq = self.next;
        self.left -= 1;
        self.next = seq.wrapping_add(1); // read again only if some are left
        Ok((id, seq))
    }

    fn load(&mut self, replicas: &mut ReplicaReader<'de>) -> Result<(), Reason> {
        let head = varint::take(&mut self.bytes)?;
        let (more, moved) = (head >> 1, head & 1 == 1);
        let mut place = self.before.place as u64;
        if moved {
            let to = varint::take(&mut self.bytes)?;
            if to == place {
                return Err(Reason::Run);
            }
            place = to;
        }
        let id = replicas.id(place)?;
        let place = place as usize; // it is in the table
        let ahead = unzigzag(varint::take(&mut self.bytes)?);
        let continues = ahead == 0 && !moved && self.id.is_some();
        let start = self.before.end(place).wrapping_add(1).wrapping_add(ahead as u64);
        if start == 0 || continues {
            return Err(Reason::Run);
        }
        let end = start.checked_add(more).ok_or(Reason::Run)?;
        self.id = Some(id);
        self.next = start;
        self.left = more + 1; // at most `end`
        self.before.set(place, end);
        Ok(())
    }

    /// Checks that all was read.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        if self.left == 0 && self.bytes.is_empty() { Ok(()) } else { Err(Reason::Run) }
    }
}
