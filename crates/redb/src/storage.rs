use core::fmt;
use std::fs::OpenOptions;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend};
use rejoin_durable::{CommitError, LoadError, NodeId, SealError, Snapshot, Storage};

use crate::backend::Backend;
use crate::tables::{self, Contents, KEY_BYTES, LOG, META, SNAPSHOT};
use crate::{RedbError, create};

/// How long a file may be whatever is in it.
const MAX_SPARE: u64 = 4 << 20;

/// A replica's durable state in one redb file: the id of its node, a snapshot, and a log of deltas.
///
/// Every [`append`](Storage::append) is one transaction, on the disk when it returns. A crash at
/// any point leaves a file with everything that was acknowledged, and with the append in progress
/// entirely or not at all.
///
/// The file belongs to one handle at a time; a second [`open`](RedbStorage::open) is refused with
/// [`RedbError::Locked`], on systems with file locks (Linux, macOS, Windows).
///
/// After a failed write it is unknown what the disk has kept. So the next call first writes again
/// what was not synced, and opens the database anew, on the same handle. While the cause of the
/// failure lasts, that fails in turn; when it is gone, the store goes on with everything that it
/// had acknowledged, and perhaps with what it had not.
///
/// A compaction gives the space back to the file system if the file is longer than 4 MiB and four
/// times the snapshot; less than that is kept, and used again.
///
/// An append costs a sync of the disk, and rewrites the pages on the path to the end of the log, a
/// few times 4 KiB. Opening after a crash or a failure walks the whole file once.
pub struct RedbStorage {
    backend: Backend,
    /// `None` from a failure until it has been opened again.
    database: Option<Database>,
    /// Whether the last call was an append.
    is_append: bool,
    contents: Contents,
}

impl RedbStorage {
    /// Opens the store in this file, or creates one of a fresh random node.
    ///
    /// # Errors
    ///
    /// When the file is open elsewhere, is not a store, is one of a newer format, or the file
    /// system refuses. The content of the file has not been changed then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RedbError> {
        let path = path.as_ref();
        if !path.try_exists()? {
            create::atomically(path, |draft| {
                tables::initialize(&tables::builder().create(draft)?, NodeId::random())
            })?;
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Self::open_or_initialize(Backend::new(FileBackend::new(file)?), NodeId::random)
    }

    /// Opens the store in this backend, or creates one of this node; for tests that inject
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
        node: NodeId,
    ) -> Result<Self, RedbError> {
        Self::open_or_initialize(Backend::new(backend), || node)
    }

    fn open_or_initialize(
        backend: Backend,
        node: impl FnOnce() -> NodeId,
    ) -> Result<Self, RedbError> {
        let database = tables::builder().create_with_backend(backend.clone())?;
        if tables::is_blank(&database)? {
            tables::initialize(&database, node())?;
        }
        let contents = Contents::of(&database)?;
        backend.keep_locks();
        Ok(Self { backend, database: Some(database), is_append: false, contents })
    }

    /// The database, opened again if it has failed.
    ///
    /// There is no use in that if an append has failed and there is no room yet for what it wrote.
    /// A compaction may need more room than the appends after it, some of which may still find
    /// theirs.
    fn database(&mut self, is_append: bool) -> Result<&Database, RedbError> {
        if self.backend.has_failed() {
            self.database = None; // which writes nothing any more
        }
        let database = match self.database.take() {
            Some(database) => database,
            None => {
                self.backend.write_again(self.is_append)?;
                let database = tables::builder().create_with_backend(self.backend.clone())?;
                // A call that has failed may have changed them.
                self.contents = Contents::of(&database)?;
                database
            }
        };
        self.is_append = is_append;
        Ok(self.database.insert(database))
    }
}

impl Storage for RedbStorage {
    type Error = RedbError;

    fn node(&self) -> NodeId {
        self.contents.node
    }

    fn renew(&mut self, node: NodeId) -> Result<(), RedbError> {
        let write = tables::begin(self.database(false)?)?;
        write.open_table(META)?.insert("replica", node.as_bytes().as_slice())?;
        write.commit()?;
        self.contents.node = node;
        Ok(())
    }

    fn load(
        &mut self,
        visit: &mut dyn FnMut(&[u8]) -> Result<(), SealError>,
    ) -> Result<(), LoadError<RedbError>> {
        let failed = |error: redb::Error| LoadError::Storage(error.into());
        let database = self.database(false).map_err(LoadError::Storage)?;
        let read = database.begin_read().map_err(|error| failed(error.into()))?;
        for table in [SNAPSHOT, LOG] {
            let table = read.open_table(table).map_err(|error| failed(error.into()))?;
            for record in table.iter().map_err(|error| failed(error.into()))? {
                visit(record.map_err(|error| failed(error.into()))?.1.value())?;
            }
        }
        Ok(())
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), RedbError> {
        let size = delta.len() as u64;
        let write = tables::begin(self.database(true)?)?;
        {
            let mut log = write.open_table(LOG)?;
            let end = tables::end_of(&log)? + size + KEY_BYTES;
            log.insert(end, delta)?;
        }
        write.commit()?;
        self.contents.log_bytes += size;
        Ok(())
    }

    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<RedbError>> {
        let database = self.database(false).map_err(CommitError::Storage)?;
        let size = compact(database, snapshot)?;
        self.contents = Contents { log_bytes: 0, snapshot_bytes: size, ..self.contents };
        if self.backend.len().is_ok_and(|len| len > MAX_SPARE.max(size.saturating_mul(4)))
            && let Some(database) = &mut self.database
        {
            let _ = database.compact(); // the snapshot is durable, and a failure noted for later
        }
        Ok(())
    }

    fn log_bytes(&self) -> u64 {
        self.contents.log_bytes
    }

    fn snapshot_bytes(&self) -> u64 {
        self.contents.snapshot_bytes
    }
}

/// Replaces the snapshot, drops the log, and returns how long the new snapshot is.
fn compact(
    database: &Database,
    snapshot: &mut Snapshot<'_>,
) -> Result<u64, CommitError<RedbError>> {
    let failed = |error: redb::Error| CommitError::Storage(error.into());
    let write = tables::begin(database).map_err(CommitError::Storage)?;
    for table in [LOG, SNAPSHOT] {
        write.delete_table(table).map_err(|error| failed(error.into()))?;
        write.open_table(table).map_err(|error| failed(error.into()))?;
    }
    let mut size = 0;
    {
        let mut table = write.open_table(SNAPSHOT).map_err(|error| failed(error.into()))?;
        let (mut number, mut result) = (0, Ok(()));
        snapshot(&mut |record| {
            if result.is_ok() {
                result = table.insert(number, record).map(drop);
                number += 1;
                size += record.len() as u64;
            }
        })?;
        result.map_err(|error| failed(error.into()))?;
        let mut meta = write.open_table(META).map_err(|error| failed(error.into()))?;
        meta.insert("snapshot bytes", size.to_be_bytes().as_slice())
            .map_err(|error| failed(error.into()))?;
    }
    write.commit().map_err(|error| failed(error.into()))?;
    Ok(size)
}

impl fmt::Debug for RedbStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStorage").field("contents", &self.contents).finish_non_exhaustive()
    }
}
