use core::fmt;
use std::fs::OpenOptions;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase, StorageBackend, WriteTransaction};
use rejoin_durable::{CommitError, NodeId, Snapshot, Storage, Stored};

use crate::backend::{Backend, SLOT};
use crate::damage::DamagedPart;
use crate::head::Head;
use crate::identity::Place;
use crate::record::{self, LOST, RECORD};
use crate::salvage::{self, Salvaged};
use crate::tables::{self, RECORDS, Unusable, catch};
use crate::{RedbError, create, survey};

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
/// Opening verifies the file, and reading verifies each record. What is not what was written is
/// [`RedbError::Damaged`], before anything in the file has been changed; the database's own repairs
/// are held in memory until their result has turned out to be whole.
///
/// A commit makes sure that the path still leads to the file: a file that has been deleted,
/// replaced or written over is [`RedbError::Replaced`].
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
/// few times 4 KiB. Opening walks the whole file.
pub struct RedbStorage {
    backend: Backend,
    /// Where the file is, if it is one.
    place: Option<Place>,
    /// `None` from a failure until it has been opened again.
    database: Option<Database>,
    /// Whether the last call was an append.
    is_append: bool,
    /// That of the last commit.
    head: Head,
    /// The slots with the head that was written last, and that head, if it was written here.
    pair: u64,
    written: Vec<u8>,
}

impl RedbStorage {
    /// Opens the store in this file, or creates one of a fresh random node if there is no
    /// file. An empty file is no store, and is not made one.
    ///
    /// # Errors
    ///
    /// When the file is open elsewhere, is not a store, is damaged, is one of another format, or
    /// the file system refuses. The content of the file has not been changed then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RedbError> {
        let path = path.as_ref();
        if !path.try_exists()? {
            create::atomically(path, |draft| {
                let file =
                    OpenOptions::new().read(true).write(true).create_new(true).open(draft)?;
                initialize(&Backend::new(FileBackend::new(file)?), NodeId::random())
            })?;
        }
        Self::open_existing(path)
    }

    /// Opens the store in this file, which has to be there: for a replica that has been here
    /// before, and should not begin anew if its file is gone.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when there is no file.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, RedbError> {
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let place = Place::of(path.as_ref(), &file)?;
        Self::open_verified(Backend::new(FileBackend::new(file)?), Some(place))
    }

    /// Opens the store in this backend, or creates one of this node if its length is 0; for
    /// tests that inject faults, and for storage that is no file.
    ///
    /// If the backend has no locks, two handles on the same bytes are not noticed. The creation
    /// itself is not atomic, unlike that of [`open`](RedbStorage::open): after a crash in it the
    /// backend may count as [`RedbError::Foreign`] or as damaged until it is emptied.
    ///
    /// # Errors
    ///
    /// As [`open`](RedbStorage::open).
    pub fn open_with_backend(
        backend: impl StorageBackend,
        node: NodeId,
    ) -> Result<Self, RedbError> {
        let backend = Backend::new(backend);
        if backend.total_len()? == 0 {
            initialize(&backend, node)?;
        }
        Self::open_verified(backend, None)
    }

    /// Copies all records of a damaged store that can be read to a new one, of the same node.
    ///
    /// The damaged file is left as it is. A replica that is opened on the new one has the lost
    /// records among those that are
    /// [unreadable](rejoin_durable::Durable::unreadable), asks its peers for what they have of
    /// them, and remembers that it is not whole. If the node has rights or votes of its own,
    /// [`renew`](Storage::renew) makes it another one.
    ///
    /// It takes the time of reading the file, and the memory of its longest record.
    ///
    /// # Errors
    ///
    /// When there is a file at `into`, when the damaged one is open elsewhere or says neither which
    /// store it is nor how many records it has, and when the file system refuses.
    pub fn salvage(
        damaged: impl AsRef<Path>,
        into: impl AsRef<Path>,
    ) -> Result<Salvaged, RedbError> {
        salvage::salvage(damaged.as_ref(), into.as_ref())
    }

    fn open_verified(backend: Backend, place: Option<Place>) -> Result<Self, RedbError> {
        let (before, pair) =
            survey::head(&backend).map_err(|error| survey::explain(&backend, error, None))?;
        let (database, head) = tables::open(&backend, &before)
            .map_err(|error| survey::explain(&backend, error, Some(before)))?;
        backend.keep_locks();
        let (database, written) = (Some(database), Vec::new());
        Ok(Self { backend, place, database, is_append: false, head, pair, written })
    }

    /// The database, opened again if it has failed.
    ///
    /// There is no use in that if an append has failed and there is no room yet for what it wrote.
    /// A compaction may need more room than the appends after it, some of which may still find
    /// theirs.
    fn database(&mut self, is_append: bool) -> Result<&Database, RedbError> {
        if self.backend.has_failed() {
            self.give_up();
        }
        let database = match self.database.take() {
            Some(database) => database,
            None => {
                self.backend.write_again(self.is_append)?;
                self.written.clear();
                let (database, head) = tables::open(&self.backend, &self.head)
                    .map_err(|error| survey::explain(&self.backend, error, Some(self.head)))?;
                // A call that has failed may have changed it.
                self.head = head;
                database
            }
        };
        self.is_append = is_append;
        Ok(self.database.insert(database))
    }

    /// Drops the database, which writes nothing any more.
    fn give_up(&mut self) {
        if let Some(database) = self.database.take() {
            self.backend.discard(database);
        }
    }

    /// Takes a panic of the database, or a record that is not what it was, as damage.
    fn give_up_for(&mut self, unusable: Unusable) -> RedbError {
        if let Unusable::Damaged(..) = unusable {
            self.give_up();
            self.backend.fail();
        }
        survey::explain(&self.backend, unusable, Some(self.head))
    }

    /// Makes sure that what is committed here is what others find under the path.
    fn check_place(&self) -> Result<(), RedbError> {
        if let Some(place) = &self.place {
            place.check()?;
        }
        if self.written.is_empty() || self.backend.has_failed() {
            return Ok(());
        }
        let head = self.backend.read_raw(2 * self.pair * SLOT, self.written.len())?;
        if head == self.written { Ok(()) } else { Err(RedbError::Replaced) }
    }

    /// One transaction. The head in front of the database says only afterwards that it happened: it
    /// may lag behind a crash, but never claims what is not durable.
    fn transact(
        &mut self,
        is_append: bool,
        act: impl FnOnce(WriteTransaction, Head) -> Result<Head, CommitError<RedbError>>,
    ) -> Result<(), CommitError<RedbError>> {
        self.check_place().map_err(CommitError::Storage)?;
        self.database(is_append).map_err(CommitError::Storage)?;
        let (database, head) = (&self.database, self.head);
        let mut failed = None;
        let done = catch(|| {
            let Some(database) = database else { return Err(RedbError::Failed.into()) };
            match act(tables::begin(database)?, head) {
                Ok(head) => Ok(Some(head)),
                Err(error) => {
                    failed = Some(error);
                    Ok(None)
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        match done.map_err(|error| CommitError::Storage(self.give_up_for(error)))? {
            Some(head) => self.publish(head).map_err(CommitError::Storage),
            None => Err(CommitError::Storage(RedbError::Failed)),
        }
    }

    /// Takes note that a transaction is durable, in the slots with the older head.
    fn publish(&mut self, head: Head) -> Result<(), RedbError> {
        self.head = head;
        let (pair, bytes) = (1 - self.pair, head.encode());
        self.backend.write_head(pair, &bytes)?;
        (self.pair, self.written) = (pair, bytes);
        self.check_place() // for a file that went away meanwhile
    }
}

impl Storage for RedbStorage {
    type Error = RedbError;

    fn node(&self) -> NodeId {
        self.head.node()
    }

    fn renew(&mut self, node: NodeId) -> Result<(), RedbError> {
        let node = *node.as_bytes();
        let renew = |write, head| {
            tables::commit(write, Head { node, ..head }).map_err(CommitError::Storage)
        };
        self.transact(false, renew).map_err(storage_error)
    }

    fn load(&mut self, visit: &mut dyn FnMut(Stored<'_>)) -> Result<(), RedbError> {
        self.database(false)?;
        let Some(database) = &self.database else { return Err(RedbError::Failed) };
        load(database, &self.head, visit).map_err(|error| self.give_up_for(error))
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), RedbError> {
        let append = |write: WriteTransaction, mut head: Head| {
            let mut table = write.open_table(RECORDS)?;
            tables::add_record(&mut table, &mut head, RECORD, delta)?;
            drop(table);
            head.log_bytes += delta.len() as u64;
            tables::commit(write, head)
        };
        let append = |write, head| append(write, head).map_err(CommitError::Storage);
        self.transact(true, append).map_err(storage_error)
    }

    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<RedbError>> {
        let mut panicked = None;
        let result = self.transact(false, |write, head| {
            // A panic of the value's own code is not the database's.
            let compacting = AssertUnwindSafe(|| compact(write, head, snapshot));
            panic::catch_unwind(compacting).unwrap_or_else(|payload| {
                panicked = Some(payload);
                Err(CommitError::Storage(RedbError::Failed))
            })
        });
        if let Some(payload) = panicked {
            panic::resume_unwind(payload);
        }
        result?;
        let spare = MAX_SPARE.max(self.head.snapshot_bytes.saturating_mul(4));
        if self.backend.len().is_ok_and(|len| len > spare)
            && let Some(database) = &mut self.database
            && panic::catch_unwind(AssertUnwindSafe(|| database.compact())).is_err()
        {
            self.give_up();
            self.backend.fail();
        } // if it has only failed, that is noted; the snapshot is durable
        Ok(())
    }

    fn log_bytes(&self) -> u64 {
        self.head.log_bytes
    }

    fn snapshot_bytes(&self) -> u64 {
        self.head.snapshot_bytes
    }
}

impl Drop for RedbStorage {
    fn drop(&mut self) {
        let database = self.database.take();
        // Closing may write, and panic on pages that were damaged meanwhile.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(database)));
    }
}

impl fmt::Debug for RedbStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStorage").field("head", &self.head).finish_non_exhaustive()
    }
}

/// Makes a store of an empty backend.
fn initialize(backend: &Backend, node: NodeId) -> Result<(), RedbError> {
    let database = tables::create(backend)?;
    let head = tables::commit(tables::begin(&database)?, Head::new(node))?;
    drop(database);
    salvage::write_heads(backend, &head)
}

/// Replaces all records, and returns the head with the new ones.
fn compact(
    write: WriteTransaction,
    mut head: Head,
    snapshot: &mut Snapshot<'_>,
) -> Result<Head, CommitError<RedbError>> {
    let failed = |error: redb::Error| CommitError::Storage(error.into());
    write.delete_table(RECORDS).map_err(|error| failed(error.into()))?;
    // Numbers go on, so that an old record is never taken for one of these.
    head.start = record::chain(head.chain, head.commits);
    (head.first, head.chain) = (head.end, head.start);
    (head.snapshot_bytes, head.log_bytes) = (0, 0);
    {
        let mut table = write.open_table(RECORDS).map_err(|error| failed(error.into()))?;
        let mut result = Ok(());
        snapshot(&mut |record| {
            if result.is_ok() {
                result = catch(|| {
                    tables::add_record(&mut table, &mut head, RECORD, record)
                        .map_err(|error| Unusable::from(redb::Error::from(error)))
                });
                head.snapshot_bytes += record.len() as u64;
            }
        })?;
        result.map_err(|error| CommitError::Storage(error.into()))?;
    }
    tables::commit(write, head).map_err(CommitError::Storage)
}

/// Visits all records, each of which has to be the one that was stored in its place.
fn load(
    database: &Database,
    head: &Head,
    visit: &mut dyn FnMut(Stored<'_>),
) -> Result<(), Unusable> {
    let failed = || Unusable::Damaged(DamagedPart::Records, None);
    let read = catch(|| Ok(database.begin_read().map_err(redb::Error::from)?))?;
    let table = catch(|| Ok(read.open_table(RECORDS).map_err(redb::Error::from)?))?;
    let range = head.first..head.end;
    let mut records = catch(|| Ok(table.range(range).map_err(redb::Error::from)?))?;
    let (mut number, mut chain) = (head.first, head.start);
    while let Some(entry) = catch(|| Ok(records.next().transpose().map_err(redb::Error::from)?))? {
        let bytes = catch(|| Ok(if entry.0.value() == number { entry.1.value() } else { &[] }))?;
        let opened = record::open(head, number, bytes).ok_or_else(failed)?;
        if opened.chain != record::chain(chain, opened.checksum) {
            return Err(failed());
        }
        (number, chain) = (number + 1, opened.chain);
        visit(match opened.kind {
            LOST => Stored::Lost { records: record::lost(opened.body) },
            _ => Stored::Record(opened.body),
        });
    }
    if (number, chain) == (head.end, head.chain) { Ok(()) } else { Err(failed()) }
}

/// What failed where only the storage can.
fn storage_error(error: CommitError<RedbError>) -> RedbError {
    match error {
        CommitError::Storage(error) => error,
        _ => RedbError::Failed,
    }
}
