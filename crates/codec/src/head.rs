//! What stands before the data: the version or the form, and the columns.

use alloc::vec::Vec;

use rejoin_core::ReplicaId;

use crate::Reason;
use crate::columns::{CountReader, Id, ReplicaReader, RunReader};
use crate::varint;

/// The version of the format that this release writes, and the only one that it reads.
pub const VERSION: u8 = 2;

/// The bits of the first byte that hold the version; the others are flags.
const VERSION_BITS: u8 = 0x3f;

/// The flag in the first byte that says that columns come before the data.
const COLUMNS: u8 = 0x80;

/// The flag in the first byte that says that a sketch comes before the data.
const SKETCH: u8 = 0x40;

/// The flags in the first byte of an enclosed value. The other bits are the length of the runs.
const IDS: u8 = 0x80;
const COUNTS: u8 = 0x40;
const ENCLOSED_SKETCH: u8 = 0x20;
/// The value of these bits that says that the length is this or more: the rest follows.
const LONG: u8 = 0x1f;

/// What has been written into columns.
pub(crate) struct Columns<'a> {
    pub(crate) ids: &'a [Id],
    pub(crate) runs: &'a [u8],
    pub(crate) counts: &'a [u8],
    pub(crate) sketch: &'a [u8],
}

/// What there is to be read from columns.
pub(crate) struct Readers<'de> {
    pub(crate) replicas: ReplicaReader<'de>,
    pub(crate) runs: RunReader<'de>,
    pub(crate) counts: CountReader<'de>,
    /// In bytes.
    pub(crate) sketch: &'de [u8],
}

impl Columns<'_> {
    fn is_plain(&self) -> bool {
        self.ids.is_empty() && self.counts.is_empty()
    }

    fn len(&self) -> usize {
        size_of_val(self.ids) + self.runs.len() + self.counts.len() + self.sketch.len()
    }

    /// Writes a head of which the first byte has the version.
    pub(crate) fn put_versioned(&self, out: &mut Vec<u8>, data: usize) {
        out.reserve(4 * varint::MAX + self.len() + data);
        let sketch = if self.sketch.is_empty() { 0 } else { SKETCH };
        let columns = if self.is_plain() { 0 } else { COLUMNS };
        out.push(VERSION | columns | sketch);
        if columns != 0 {
            varint::put(out, self.ids.len() as u64);
            out.extend_from_slice(self.ids.as_flattened());
            varint::put(out, self.runs.len() as u64);
            varint::put(out, self.counts.len() as u64);
            out.extend_from_slice(self.runs);
            out.extend_from_slice(self.counts);
        }
        self.put_sketch(out);
    }

    fn put_sketch(&self, out: &mut Vec<u8>) {
        if !self.sketch.is_empty() {
            varint::put(out, self.sketch.len() as u64);
            out.extend_from_slice(self.sketch);
        }
    }

    /// Writes a head for a place that has said the version: mostly of one byte.
    pub(crate) fn put_enclosed(&self, out: &mut Vec<u8>, data: usize) {
        out.reserve(4 * varint::MAX + self.len() + data);
        let short = u8::try_from(self.runs.len()).ok().filter(|len| *len < LONG);
        let ids = if self.ids.is_empty() { 0 } else { IDS };
        let counts = if self.counts.is_empty() { 0 } else { COUNTS };
        let sketch = if self.sketch.is_empty() { 0 } else { ENCLOSED_SKETCH };
        out.push(ids | counts | sketch | short.unwrap_or(LONG));
        if short.is_none() {
            varint::put(out, self.runs.len() as u64 - u64::from(LONG));
        }
        if ids != 0 {
            varint::put(out, self.ids.len() as u64);
        }
        if counts != 0 {
            varint::put(out, self.counts.len() as u64);
        }
        out.extend_from_slice(self.ids.as_flattened());
        out.extend_from_slice(self.runs);
        out.extend_from_slice(self.counts);
        self.put_sketch(out);
    }
}

/// Takes a head with a version off the front of `bytes`.
pub(crate) fn take_versioned<'de>(bytes: &mut &'de [u8]) -> Result<Readers<'de>, Reason> {
    let first = take_byte(bytes)?;
    let version = first & VERSION_BITS;
    if version != VERSION {
        return Err(Reason::Version { found: version, expected: VERSION });
    }
    let (has_columns, has_sketch) = (first & COLUMNS != 0, first & SKETCH != 0);
    let (mut ids, mut runs, mut counts): (&[Id], &[u8], &[u8]) = (&[], &[], &[]);
    if has_columns {
        let ids_len = varint::take(bytes)?;
        ids = split_ids(bytes, ids_len)?;
        let (runs_len, counts_len) = (varint::take(bytes)?, varint::take(bytes)?);
        runs = split(bytes, runs_len)?;
        counts = split(bytes, counts_len)?;
        if ids.is_empty() && counts.is_empty() {
            return Err(Reason::Flag);
        }
    }
    let sketch = take_sketch(bytes, has_sketch)?;
    let (replicas, runs) = (ReplicaReader::new(&[], ids)?, RunReader::new(runs));
    Ok(Readers { replicas, runs, counts: CountReader::new(counts)?, sketch })
}

fn take_sketch<'de>(bytes: &mut &'de [u8], is_there: bool) -> Result<&'de [u8], Reason> {
    if !is_there {
        return Ok(&[]);
    }
    match varint::take(bytes)? {
        0 => Err(Reason::Flag),
        length => split(bytes, length),
    }
}

/// Takes a head without one off the front of `bytes`.
pub(crate) fn take_enclosed<'de>(
    known: &'de [ReplicaId],
    bytes: &mut &'de [u8],
) -> Result<Readers<'de>, Reason> {
    let first = take_byte(bytes)?;
    let runs_len = match first & LONG {
        LONG => {
            let rest = varint::take(bytes)?;
            rest.checked_add(u64::from(LONG)).ok_or(Reason::Length(rest))?
        }
        short => u64::from(short),
    };
    let ids_len = if first & IDS == 0 { 0 } else { varint::take(bytes)? };
    let counts_len = if first & COUNTS == 0 { 0 } else { varint::take(bytes)? };
    if (first & IDS != 0 && ids_len == 0) || (first & COUNTS != 0 && counts_len == 0) {
        return Err(Reason::Flag);
    }
    let ids = split_ids(bytes, ids_len)?;
    let runs = split(bytes, runs_len)?;
    let counts = split(bytes, counts_len)?;
    let sketch = take_sketch(bytes, first & ENCLOSED_SKETCH != 0)?;
    let (replicas, runs) = (ReplicaReader::new(known, ids)?, RunReader::new(runs));
    Ok(Readers { replicas, runs, counts: CountReader::new(counts)?, sketch })
}

fn take_byte(bytes: &mut &[u8]) -> Result<u8, Reason> {
    let (&first, rest) = bytes.split_first().ok_or(Reason::Empty)?;
    *bytes = rest;
    Ok(first)
}

/// Takes so many ids off the front.
fn split_ids<'de>(bytes: &mut &'de [u8], ids: u64) -> Result<&'de [Id], Reason> {
    let len = ids.checked_mul(16).ok_or(Reason::Length(ids))?;
    Ok(split(bytes, len)?.as_chunks().0)
}

/// Takes so many bytes off the front.
fn split<'de>(bytes: &mut &'de [u8], length: u64) -> Result<&'de [u8], Reason> {
    let at = usize::try_from(length).map_err(|_| Reason::Length(length))?;
    let (front, rest) = bytes.split_at_checked(at).ok_or(Reason::Length(length))?;
    *bytes = rest;
    Ok(front)
}
