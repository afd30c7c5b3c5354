//! What is still there in a damaged file.

use std::collections::BTreeMap;
use std::io;

use crate::RedbError;
use crate::backend::{AREA, Backend, SLOT};
use crate::damage::{Damage, DamagedPart};
use crate::head::{FORMAT, Head, HeadError};
use crate::record::{self, HEADER, LOST, RECORD};
use crate::tables::{self, Unusable};

/// How much is searched at once.
const WINDOW: usize = 1 << 20;

/// How redb's files begin.
const REDB: &[u8] = b"redb\x1a\n\xa9\r\n";

/// The head that was written last, and the slot that it is in.
///
/// # Errors
///
/// When this is no store of this format, or both heads are damaged.
pub(crate) fn head(backend: &Backend) -> Result<(Head, u64), Unusable> {
    let slots = [0, 1].map(|slot| backend.read_raw(slot * SLOT, SLOT as usize));
    let [first, second] = slots;
    let slots = [first.map_err(RedbError::from)?, second.map_err(RedbError::from)?];
    if slots[0].is_empty() {
        return Err(RedbError::Empty.into());
    }
    let heads = [0, 1].map(|slot| (slot, Head::decode(&slots[slot])));
    let sound = heads.iter().filter_map(|(slot, head)| Some((head.ok()?, *slot as u64)));
    if let Some(newest) = sound.max_by_key(|(head, _)| head.commits) {
        return Ok(newest);
    }
    for (_, head) in heads {
        if let Err(HeadError::Format(found)) = head {
            return Err(RedbError::NewerFormat { found, known: FORMAT }.into());
        }
    }
    let is_redb = |bytes: &[u8]| bytes.starts_with(REDB);
    if is_redb(&slots[0]) && tables::is_of_format_1(backend)? {
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
                Some(head) => match records(backend, &head) {
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

/// Where the records of a head are in the file, by number, and how long they are: all that are
/// what was stored, wherever they are, as no page of the database is needed to find them.
pub(crate) fn records(backend: &Backend, head: &Head) -> io::Result<BTreeMap<u64, (u64, usize)>> {
    let (mut found, len) = (BTreeMap::new(), backend.total_len()?);
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
            let is_here = (head.first..head.end).contains(&number) && !found.contains_key(&number);
            if is_here && length as u64 <= len - start {
                let bytes = backend.read_raw(start, HEADER + length)?;
                if record::open(head, number, &bytes).is_some() {
                    found.insert(number, (start, HEADER + length));
                }
            }
        }
        at += WINDOW as u64;
    }
    Ok(found)
}
