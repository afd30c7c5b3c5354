use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::backend::Backend;
use crate::head::Head;
use crate::record::{self, LOST, RECORD};
use crate::survey::Place;
use crate::tables::{self, RECORDS, Unusable};
use crate::{RedbError, create, survey};

/// What has become of a damaged store: see [`RedbStorage::salvage`](crate::RedbStorage::salvage).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// How many records are in the new one.
    pub found: u64,
    /// How many are not, because they could not be read.
    pub lost: u64,
}

pub(crate) fn salvage(damaged: &Path, into: &Path) -> Result<Salvaged, RedbError> {
    let file = OpenOptions::new().read(true).write(true).open(damaged)?;
    let from = Backend::new(FileBackend::new(file)?);
    match tables::examine(&from) {
        Ok((database, _)) => from.discard(database),
        Err(Unusable::Error(error @ RedbError::Locked)) => return Err(error),
        Err(_) => {}
    }
    from.forget_held();
    let Some(mut head) = survey::latest(&from) else {
        let error = survey::head(&from).err();
        let error = error.map(|error| survey::explain(&from, error, None));
        return Err(error.unwrap_or(RedbError::Foreign));
    };
    let places = survey::records(&from, &mut head)?;
    let mut salvaged = Salvaged { found: 0, lost: 0 };
    let is_new = create::atomically(into, |draft| {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(draft)?;
        salvaged = copy(&from, &head, &places, &Backend::new(FileBackend::new(file)?))?;
        Ok(())
    })?;
    if is_new { Ok(salvaged) } else { Err(io::Error::from(io::ErrorKind::AlreadyExists).into()) }
}

/// Copies the records of this head, with a mark where some are missing.
fn copy(
    from: &Backend,
    old: &Head,
    places: &BTreeMap<u64, Place>,
    to: &Backend,
) -> Result<Salvaged, RedbError> {
    let database = tables::create(to)?;
    let write = tables::begin(&database)?;
    let mut head = Head::new(old.node());
    let mut salvaged = Salvaged { found: 0, lost: 0 };
    {
        let mut table = write.open_table(RECORDS)?;
        let mut add = |head: &mut Head, kind, body: &[u8]| {
            head.snapshot_bytes += if kind == RECORD { body.len() as u64 } else { 0 };
            tables::add_record(&mut table, head, kind, body)
        };
        let mut next = old.first;
        let places = places.iter().map(|(number, place)| (*number, Some(place)));
        for (number, place) in places.chain([(old.end, None)]) {
            if next < number {
                salvaged.lost += number - next;
                add(&mut head, LOST, &(number - next).to_le_bytes())?;
            }
            next = number.saturating_add(1);
            let Some(place) = place else { break };
            let bytes = from.read_raw(place.at, place.len)?;
            let record = record::open(old, number, &bytes).ok_or(RedbError::Failed)?;
            match record.kind {
                LOST => salvaged.lost += record::lost(record.body),
                _ => salvaged.found += 1,
            }
            add(&mut head, record.kind, record.body)?;
        }
    }
    let head = tables::commit(write, head)?;
    drop(database);
    write_heads(to, &head)?;
    Ok(salvaged)
}

/// Puts a head in all slots, of a store that nobody has used yet.
pub(crate) fn write_heads(backend: &Backend, head: &Head) -> Result<(), RedbError> {
    let bytes = head.encode();
    for pair in [0, 1] {
        backend.write_head(pair, &bytes)?;
    }
    Ok(backend.sync_data()?)
}
