use core::fmt;
use std::path::Path;

use redb::{
    Builder, Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    StorageBackend, TableDefinition, TableError, WriteTransaction,
};
use rejoin_store::{DecodeError, LoadError, ReplicaId, Storage};

use crate::{RedbError, create};

/// What this build writes, and the newest that it reads.
const FORMAT: u8 = 1;

/// `format`, `replica` and `snapshot bytes`.
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rejoin meta");
/// The one snapshot.
const SNAPSHOT: TableDefinition<'_, (), &[u8]> = TableDefinition::new("rejoin snapshot");
/// The deltas since the snapshot, in order; the key is where the delta ends, in bytes from the
/// snapshot on, so that the size of the log is in its last key.
const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rejoin log");

/// What a delta costs beside its own bytes, in the keys of [`LOG`]: a bit more than nothing, so
/// that keys ascend even if a delta were empty.
const KEY_BYTES: u64 = 8;

/// redb's page cache. What is written here is read once, at opening, so a large one is wasted.
const CACHE_BYTES: usize = 16 << 20;

/// A replica's durable state in one redb file: a replica id, a snapshot, and a log of deltas.
///
/// Every [`append`](Storage::append) is one transaction, on the disk when it returns. A crash at any
/// point leaves a file with everything that was acknowledged, and with the append in progress
/// entirely or not at all.
///
/// The file belongs to one handle at a time; a second [`open`](RedbStorage::open) is refused with
/// [`RedbError::Locked`], on systems with file locks (Linux, macOS, Windows).
///
/// After a failed write every further one fails with [`RedbError::Failed`], because nobody knows
/// what the disk has kept; opening the file again finds out.
///
/// An append costs a sync of the disk, and rewrites the pages on the path to the end of the log, a
/// few times 4 KiB. Opening after a crash walks the whole file once.
pub struct RedbStorage {
    database: Database,
    replica: ReplicaId,
    log_bytes: u64,
    snapshot_bytes: u64,
}

impl RedbStorage {
    /// Opens the store in this file, or creates one with a fresh random replica id.
    ///
    /// # Errors
    ///
    /// When the file is open elsewhere, is not a store, is one of a newer format, or the file
    /// system refuses. The content of the file has not been changed then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RedbError> {
        let path = path.as_ref();
        if !path.try_exists()? {
            create::atomically(path, |draft| {
                Self::initialize(&builder().create(draft)?, ReplicaId::random())
            })?;
        }
        Self::load_or_initialize(builder().create(path)?, ReplicaId::random)
    }

    /// Opens the store in this backend, or creates one with this replica id; for tests that inject
    /// faults, and for storage that is no file.
    ///
    /// If the backend has no locks, two handles on the same bytes are not noticed. The creation
    /// itself is not atomic, unlike that of [`open`](RedbStorage::open): after a crash in it the
    /// backend may count as [`RedbError::Foreign`] until it is emptied.
    ///
    /// # Errors
    ///
    /// As [`open`](RedbStorage::open).
    pub fn open_with_backend(
        backend: impl StorageBackend,
        id: ReplicaId,
    ) -> Result<Self, RedbError> {
        Self::load_or_initialize(builder().create_with_backend(backend)?, || id)
    }

    fn load_or_initialize(
        database: Database,
        id: impl FnOnce() -> ReplicaId,
    ) -> Result<Self, RedbError> {
        let blank = {
            let read = database.begin_read()?;
            match read.open_table(META) {
                Ok(meta) => {
                    let found =
                        meta.get("format")?.and_then(|bytes| bytes.value().first().copied());
                    match found {
                        Some(FORMAT) => false,
                        Some(found) if found > FORMAT => {
                            return Err(RedbError::NewerFormat { found, known: FORMAT });
                        }
                        _ => return Err(RedbError::Foreign),
                    }
                }
                Err(TableError::TableDoesNotExist(_)) => {
                    if read.list_tables()?.next().is_some()
                        || read.list_multimap_tables()?.next().is_some()
                    {
                        return Err(RedbError::Foreign);
                    }
                    true // an empty file, or one whose creation a crash has cut short
                }
                Err(TableError::Storage(error)) => return Err(error.into()),
                Err(_) => return Err(RedbError::Foreign), // a table of that name, of other types
            }
        };
        if blank {
            Self::initialize(&database, id())?;
        }
        Self::load_sizes(database)
    }

    fn initialize(database: &Database, replica: ReplicaId) -> Result<(), RedbError> {
        let write = begin(database)?;
        {
            let mut meta = write.open_table(META)?;
            meta.insert("format", [FORMAT].as_slice())?;
            meta.insert("replica", replica.as_bytes().as_slice())?;
            write.open_table(SNAPSHOT)?;
            write.open_table(LOG)?;
        }
        Ok(write.commit()?)
    }

    fn load_sizes(database: Database) -> Result<Self, RedbError> {
        let read = database.begin_read()?;
        let (replica, snapshot_bytes) = {
            let meta = read.open_table(META)?;
            let replica = meta.get("replica")?.and_then(|id| id.value().try_into().ok());
            let bytes = meta.get("snapshot bytes")?.and_then(|size| size.value().try_into().ok());
            let replica = replica.map(ReplicaId::from_bytes).ok_or(RedbError::Foreign)?;
            (replica, bytes.map_or(0, u64::from_be_bytes))
        };
        let log = read.open_table(LOG)?;
        let log_bytes = end_of(&log)? - KEY_BYTES * log.len()?;
        drop((log, read));
        Ok(Self { database, replica, log_bytes, snapshot_bytes })
    }
}

impl Storage for RedbStorage {
    type Error = RedbError;

    fn replica(&self) -> ReplicaId {
        self.replica
    }

    fn renew(&mut self, replica: ReplicaId) -> Result<(), RedbError> {
        let write = begin(&self.database)?;
        write.open_table(META)?.insert("replica", replica.as_bytes().as_slice())?;
        write.commit()?;
        self.replica = replica;
        Ok(())
    }

    fn load(
        &mut self,
        visit: &mut dyn FnMut(&[u8]) -> Result<(), DecodeError>,
    ) -> Result<(), LoadError<RedbError>> {
        let failed = |error: redb::Error| LoadError::Storage(error.into());
        let read = self.database.begin_read().map_err(|error| failed(error.into()))?;
        let snapshot = read.open_table(SNAPSHOT).map_err(|error| failed(error.into()))?;
        if let Some(snapshot) = snapshot.get(()).map_err(|error| failed(error.into()))? {
            visit(snapshot.value())?;
        }
        let log = read.open_table(LOG).map_err(|error| failed(error.into()))?;
        for delta in log.iter().map_err(|error| failed(error.into()))? {
            visit(delta.map_err(|error| failed(error.into()))?.1.value())?;
        }
        Ok(())
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), RedbError> {
        let size = delta.len() as u64;
        let write = begin(&self.database)?;
        {
            let mut log = write.open_table(LOG)?;
            let end = end_of(&log)? + size + KEY_BYTES;
            log.insert(end, delta)?;
        }
        write.commit()?;
        self.log_bytes += size;
        Ok(())
    }

    fn compact(&mut self, snapshot: &[u8]) -> Result<(), RedbError> {
        let size = snapshot.len() as u64;
        let write = begin(&self.database)?;
        {
            write.delete_table(LOG)?;
            write.open_table(LOG)?;
            write.open_table(SNAPSHOT)?.insert((), snapshot)?;
            let mut meta = write.open_table(META)?;
            meta.insert("snapshot bytes", size.to_be_bytes().as_slice())?;
        }
        write.commit()?;
        self.log_bytes = 0;
        self.snapshot_bytes = size;
        Ok(())
    }

    fn log_bytes(&self) -> u64 {
        self.log_bytes
    }

    fn snapshot_bytes(&self) -> u64 {
        self.snapshot_bytes
    }
}

impl fmt::Debug for RedbStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStorage")
            .field("replica", &self.replica)
            .field("log_bytes", &self.log_bytes)
            .field("snapshot_bytes", &self.snapshot_bytes)
            .finish_non_exhaustive()
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// A transaction that is on the disk when its commit returns.
fn begin(database: &Database) -> Result<WriteTransaction, RedbError> {
    let mut write = database.begin_write()?;
    write.set_durability(Durability::Immediate)?;
    Ok(write)
}

/// The key of the last delta.
fn end_of(log: &impl ReadableTable<u64, &'static [u8]>) -> Result<u64, RedbError> {
    Ok(log.last()?.map_or(0, |(end, _)| end.value()))
}
