//! What is where in the database, and whether it is what it was.

use std::io::ErrorKind;
use std::panic::{self, AssertUnwindSafe};

use redb::{
    Builder, Database, Durability, ReadableDatabase, ReadableTableMetadata, TableDefinition,
    WriteTransaction,
};

use crate::RedbError;
use crate::backend::Backend;
use crate::damage::DamagedPart;
use crate::head::Head;

/// `head`: that of the transaction.
pub(crate) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rejoin meta");
/// The records of the snapshot and then those of the log, by number.
pub(crate) const RECORDS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rejoin records");

/// redb's page cache. What is written here is read once, at opening, so a large one is wasted.
const CACHE_BYTES: usize = 16 << 20;

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Why a database cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Something else than its content.
    Error(RedbError),
    /// Its content is not what was acknowledged.
    Damaged(DamagedPart, Option<redb::Error>),
}

impl From<RedbError> for Unusable {
    fn from(error: RedbError) -> Self {
        Self::Error(error)
    }
}

impl From<Unusable> for RedbError {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Error(error) => error,
            Unusable::Damaged(_, Some(error)) => error.into(),
            Unusable::Damaged(_, None) => Self::Failed,
        }
    }
}

impl From<redb::Error> for Unusable {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) => match error.kind() {
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                    Self::Damaged(DamagedPart::Database, Some(error.into()))
                }
                _ => Self::Error(error.into()),
            },
            redb::Error::DatabaseAlreadyOpen | redb::Error::PreviousIo => Self::Error(error.into()),
            error => Self::Damaged(DamagedPart::Database, Some(error)),
        }
    }
}

/// Does something to a database, whose panic is damage. The database must not be used after it.
pub(crate) fn catch<T>(act: impl FnOnce() -> Result<T, Unusable>) -> Result<T, Unusable> {
    let result = panic::catch_unwind(AssertUnwindSafe(act));
    result.unwrap_or(Err(Unusable::Damaged(DamagedPart::Database, None)))
}

/// Opens a database, and checks that all of it is what was written and that what was acknowledged
/// is in it. If not, nothing has been written.
///
/// `acknowledged` was durable after the commit that it tells of. Later commits may be there.
pub(crate) fn open(backend: &Backend, acknowledged: &Head) -> Result<(Database, Head), Unusable> {
    let (database, head) = examine(backend)?;
    let check = || {
        let read = database.begin_read().map_err(redb::Error::from)?;
        let records = read.open_table(RECORDS).map_err(redb::Error::from)?;
        Ok(records.len().map_err(redb::Error::from)?)
    };
    let result = catch(check).and_then(|records| {
        let is_lost = head.commits < acknowledged.commits;
        let differs = head.commits == acknowledged.commits && head != *acknowledged;
        if is_lost {
            Err(Unusable::Damaged(DamagedPart::LastCommit, None))
        } else if differs || head.store != acknowledged.store || head.records() != records {
            Err(Unusable::Damaged(DamagedPart::Database, None))
        } else {
            backend.release().map_err(|error| Unusable::Error(error.into()))
        }
    });
    match result {
        Ok(()) => Ok((database, head)),
        Err(error) => {
            backend.discard(database);
            backend.forget_held();
            Err(error)
        }
    }
}

/// Opens a database on a backend that holds back what it writes, and reads its head.
pub(crate) fn examine(backend: &Backend) -> Result<(Database, Head), Unusable> {
    backend.hold();
    let open = || {
        if backend.total_len().map_err(RedbError::from)? <= crate::backend::AREA {
            return Err(Unusable::Damaged(DamagedPart::Database, None)); // it would become a new one
        }
        let mut builder = builder();
        builder.set_check_integrity_on_open(true);
        let database = builder.create_with_backend(backend.clone()).map_err(redb::Error::from)?;
        Ok(database)
    };
    let database = catch(open).inspect_err(|_| backend.forget_held())?;
    match catch(|| head_of(&database)) {
        Ok(head) => Ok((database, head)),
        Err(error) => {
            backend.discard(database);
            backend.forget_held();
            Err(error)
        }
    }
}

fn head_of(database: &Database) -> Result<Head, Unusable> {
    let read = database.begin_read().map_err(redb::Error::from)?;
    let meta = read.open_table(META).map_err(redb::Error::from)?;
    let bytes = meta.get("head").map_err(redb::Error::from)?;
    let head = bytes.and_then(|bytes| Head::decode(bytes.value()).ok());
    head.ok_or(Unusable::Damaged(DamagedPart::Database, None))
}

/// Whether a database that has no heads before it is a store of format 1.
pub(crate) fn is_of_format_1(backend: &Backend) -> Result<bool, RedbError> {
    let backend = backend.without_heads();
    backend.hold();
    let look = || {
        let database = builder().create_with_backend(backend.clone()).map_err(redb::Error::from)?;
        let read = database.begin_read().map_err(redb::Error::from)?;
        let is_ours = read.open_table(META).is_ok();
        Ok(is_ours)
    };
    let result = catch(look);
    backend.forget_held();
    match result {
        Ok(is_ours) => Ok(is_ours),
        Err(Unusable::Error(error)) => Err(error),
        Err(Unusable::Damaged(..)) => Ok(false),
    }
}

/// Makes a database with these tables, on a backend that is empty.
pub(crate) fn create(backend: &Backend) -> Result<Database, RedbError> {
    let database = builder().create_with_backend(backend.clone())?;
    let write = begin(&database)?;
    write.open_table(META)?;
    write.open_table(RECORDS)?;
    write.commit()?;
    Ok(database)
}

/// A transaction that is on the disk when its commit returns.
pub(crate) fn begin(database: &Database) -> Result<WriteTransaction, RedbError> {
    let mut write = database.begin_write()?;
    write.set_durability(Durability::Immediate)?;
    Ok(write)
}

/// Adds a record to those of `head`, which has it afterwards.
pub(crate) fn add_record(
    table: &mut redb::Table<'_, u64, &'static [u8]>,
    head: &mut Head,
    kind: [u8; 4],
    body: &[u8],
) -> Result<(), redb::StorageError> {
    let (header, chain) = crate::record::header(head, kind, body);
    let mut place = table.insert_reserve(head.end, header.len() + body.len())?;
    let (first, rest) = place.as_mut().split_at_mut(header.len());
    first.copy_from_slice(&header);
    rest.copy_from_slice(body);
    head.end += 1;
    head.chain = chain;
    Ok(())
}

/// Ends a transaction with its head, and returns that.
pub(crate) fn commit(write: WriteTransaction, mut head: Head) -> Result<Head, RedbError> {
    head.commits += 1;
    write.open_table(META)?.insert("head", head.encode().as_slice())?;
    write.commit()?;
    Ok(head)
}
