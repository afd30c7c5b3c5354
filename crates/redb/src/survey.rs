//! What is still there in a damaged file.

use std::collections::BTreeMap;
use std::io;

use crate::RedbError;
use crate::backend::{AREA, Backend, SLOT, SLOTS};
use crate::damage::{Damage, DamagedPart};
use crate::head::{FORMAT, Head, HeadError};
use crate::record::{self, HEADER, LOST, Opened, RECORD};
use crate::tables::{self, Unusable};

/// How much is searched at once.
const WINDOW: usize = 1 << 20;

/// How redb's files begin.
const REDB: &[u8] = b"redb\x1a\n\xa9\r\n";

/// The head that was written last, and the pair of slots that it is in.
///
/// # Errors
///
/// When this is no store of this format, or all heads are damaged.
pub(crate) fn head(backend: &Backend) -> Result<(Head, u64), Unusable> {
    let area = backend.read_raw(0, AREA as usize).map_err(RedbError::from)?;
    if area.is_empty() {
        return Err(RedbError::Empty.into());
    }
    let heads: [_; SLOTS] = core::array::from_fn(|slot| {
        let bytes = area.get(slot * SLOT as usize..).unwrap_or_default();
        (slot as u64, Head::decode(bytes))
    });
    let sound = heads.iter().filter_map(|(slot, head)| Some((head.ok()?, slot / 2)));
    if let Some(newest) = sound.max_by_key(|(head, _)| head.commits) {
        return Ok(newest);
    }
    for (_, head) in heads {
        if let Err(HeadError::Format(found)) = head {
            return Err(RedbError::NewerFormat { found, known: FORMAT }.into());
        }
    }
    let is_redb = |bytes: &[u8]| bytes.starts_with(REDB);
    if is_redb(&area) && tables::is_of_format_1(backend)? {
        return Err(RedbError::OlderFormat { found: 1, known: FORMAT }.into());
    }
    let database = backend.read_raw(AREA, REDB.len()).map_err(RedbError::from)?;
    let is_ours = heads.iter().any(|(_, head)| *head == Err(HeadError::Damaged));
    Err(if is_ours || is_redb(&database) {
        Unusable::Damaged(DamagedPart::Head, None)
    } else {
        Unusable::Error(RedbError::Foreign)
    })
}

/// What an unusable store is told to the caller as: damage, with what is still there.
pub(crate) fn explain(backend: &Backend, unusable: Unusable, known: Option<Head>) -> RedbError {
    match unusable {
        Unusable::Error(error) => error,
        Unusable::Damaged(part, cause) => {
            let (found, records) = match known.or_else(|| latest(backend)) {
                Some(mut head) => match records(backend, &mut head) {
                    Ok(found) => (found.len() as u64, head.records()),
                    Err(error) => return error.into(),
                },
                None => (0, 0),
            };
            RedbError::Damaged(Damage::new(part, found, records, cause))
        }
    }
}

/// The latest head that is known of: before the database, or in it.
pub(crate) fn latest(backend: &Backend) -> Option<Head> {
    let before = head(backend).ok().map(|(head, _)| head);
    let within = tables::examine(backend).ok().map(|(database, head)| {
        backend.discard(database);
        backend.forget_held();
        head
    });
    match (before, within) {
        // One that was taken from another store is no head of this one.
        (Some(before), Some(within)) if within.store != before.store => Some(before),
        (before, within) => before.into_iter().chain(within).max_by_key(|head| head.commits),
    }
}

/// A record in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) len: usize,
    checksum: u64,
    chain: u64,
}

impl Place {
    fn follows(&self, before: u64) -> bool {
        self.chain == record::chain(before, self.checksum)
    }
}

/// Where the records of a head are in the file, by number: all that are what was stored, wherever
/// they are, as no page of the database is needed to find them.
///
/// Records that continue the chain are of later commits, and the head has them afterwards: there
/// is one if the last head was damaged, or was not written yet.
pub(crate) fn records(backend: &Backend, head: &mut Head) -> io::Result<BTreeMap<u64, Place>> {
    let mut found = search(backend, head)?;
    while let Some(next) = found.get(&head.end)
        && let Some(next) = next.iter().find(|place| place.follows(head.chain))
    {
        (head.end, head.chain) = (head.end + 1, next.chain);
    }
    found.retain(|number, _| *number < head.end);
    // There are several under one number if one was written by a transaction that did not commit:
    // the chain tells which was.
    let (mut chosen, mut before) = (BTreeMap::new(), (head.first, Some(head.start)));
    for (number, places) in &found {
        let chain = before.1.filter(|_| before.0 == *number);
        let precedes = |place: &&Place| match found.get(&(number + 1)) {
            Some(next) => next.iter().any(|next| next.follows(place.chain)),
            None => number + 1 == head.end && place.chain == head.chain,
        };
        let place = places.iter().find(|place| chain.is_some_and(|chain| place.follows(chain)));
        if let Some(place) = place.or_else(|| places.iter().find(precedes)).or(places.first()) {
            chosen.insert(*number, *place);
            before = (number + 1, Some(place.chain));
        }
    }
    Ok(chosen)
}

/// All records of a store in a file, from the first of a head on.
fn search(backend: &Backend, head: &Head) -> io::Result<BTreeMap<u64, Vec<Place>>> {
    let (mut found, len) = (BTreeMap::<_, Vec<Place>>::new(), backend.total_len()?);
    let mut at = 0;
    while at < len {
        let window = backend.read_raw(at, WINDOW + HEADER)?;
        for start in 0..window.len().min(WINDOW) {
            let Some(header) = window[start..].first_chunk::<HEADER>() else { break };
            if !header.starts_with(&RECORD) && !header.starts_with(&LOST) {
                continue;
            }
            let Some((number, length)) = record::claim(header) else { continue };
            let start = at + start as u64;
            if number < head.first || length as u64 > len - start {
                continue;
            }
            let bytes = backend.read_raw(start, HEADER + length)?;
            if let Some(opened) = record::open(head, number, &bytes) {
                let Opened { checksum, chain, .. } = opened;
                let place = Place { at: start, len: HEADER + length, checksum, chain };
                found.entry(number).or_default().push(place);
            }
        }
        at += WINDOW as u64;
    }
    Ok(found)
}
