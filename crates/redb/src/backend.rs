use std::io;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

use crate::held::{Change, Held};

/// How long the place for one head is: a page, so that a write that is torn spoils one only.
pub(crate) const SLOT: u64 = 4096;

/// How many there are: two copies of the last head, and two of the one before. A page that takes
/// the place of another spoils two pages, and must not spoil both the last head and its commit.
pub(crate) const SLOTS: usize = 4;

/// Where the database begins, after the heads.
pub(crate) const AREA: u64 = SLOTS as u64 * SLOT;

/// How much is written at once when writes are repeated: no more than a block of a file system,
/// which is there as a whole or not.
const BLOCK: u64 = 4096;

/// The bytes of a store, which outlive the database on them: after a failure a new database is
/// opened on the same bytes, and nobody else gets hold of the file in between.
///
/// It remembers what has been written since the last sync. A system that could not write something
/// to the disk may drop it and say `Ok` to the next sync, while readers still see it (Rebello et
/// al., *Can Applications Recover from fsync Failures?*, ATC 2020). So after a failure all of it is
/// [written again](Self::write_again), before anything is built on what can be read.
///
/// What a database writes while it is opened can be [held](Self::hold) back until it has turned out
/// to be sound: a repair of a damaged one would destroy what is left.
///
/// Its clones are the same bytes. To a database they begin after the heads.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    shared: Arc<Shared>,
    /// Where the database begins.
    base: u64,
}

#[derive(Debug)]
struct Shared {
    bytes: Box<dyn StorageBackend>,
    /// Whether the locks of an open database are held. They are kept until the end.
    is_locked: AtomicBool,
    /// Whether something has failed since the last sync.
    has_failed: AtomicBool,
    /// The writes since the last sync.
    unsynced: Mutex<Vec<Write>>,
    /// What is held back, if anything is.
    held: Mutex<Option<Held>>,
    /// Whether a database is being thrown away, and must not write any more.
    is_frozen: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct Write {
    start: u64,
    end: u64,
    /// Whether there was no room for it, or for its end.
    lacks_room: bool,
}

impl Backend {
    pub(crate) fn new(bytes: impl StorageBackend) -> Self {
        let shared = Arc::new(Shared {
            bytes: Box::new(bytes),
            is_locked: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            unsynced: Mutex::default(),
            held: Mutex::default(),
            is_frozen: AtomicBool::new(false),
        });
        Self { shared, base: AREA }
    }

    /// The same bytes, all of which are the database's: as in format 1.
    pub(crate) fn without_heads(&self) -> Self {
        Self { base: 0, ..self.clone() }
    }

    /// From now on the locks stay as they are.
    pub(crate) fn keep_locks(&self) {
        self.shared.is_locked.store(true, Ordering::Release);
    }

    /// From now on writes are kept in memory, where reads find them.
    pub(crate) fn hold(&self) {
        *self.shared.held() = Some(Held::default());
    }

    /// Drops what was held back.
    pub(crate) fn forget_held(&self) {
        *self.shared.held() = None;
    }

    /// Writes what was held back, in order.
    pub(crate) fn release(&self) -> io::Result<()> {
        let Some(held) = self.shared.held().take() else { return Ok(()) };
        for change in held.into_changes() {
            match change {
                Change::Write(at, data) => self.shared.write(at, &data)?,
                Change::Resize(len) => self.shared.noting(self.shared.bytes.set_len(len))?,
                Change::Sync => self.shared.sync()?,
            }
        }
        Ok(())
    }

    /// Drops a database that is of no use any more, which writes nothing on its way.
    pub(crate) fn discard(&self, database: impl Sized) {
        self.shared.is_frozen.store(true, Ordering::Release);
        // A database that has panicked may do so again.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(database)));
        self.shared.is_frozen.store(false, Ordering::Release);
    }

    /// Takes note that the database may be of no use.
    pub(crate) fn fail(&self) {
        self.shared.has_failed.store(true, Ordering::Release);
    }

    /// How long all is, heads included.
    pub(crate) fn total_len(&self) -> io::Result<u64> {
        self.shared.bytes.len()
    }

    /// Reads from anywhere, as far as there is something.
    pub(crate) fn read_raw(&self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        let left = self.shared.bytes.len()?.saturating_sub(at);
        let mut bytes = vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(len)];
        self.shared.bytes.read(at, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the head in both slots of a pair.
    pub(crate) fn write_head(&self, pair: u64, head: &[u8]) -> io::Result<()> {
        self.shared.write(2 * pair * SLOT, head)?;
        self.shared.write((2 * pair + 1) * SLOT, head)
    }

    /// Whether something has failed since the last sync, so that the database may be of no use.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.has_failed.load(Ordering::Acquire)
    }

    /// Writes what has been written since the last sync again, as it reads now, and syncs it. After
    /// it, the disk has what readers see.
    ///
    /// # Errors
    ///
    /// When it fails again. There need be no room for what there was no room for before, unless
    /// `all` is wanted.
    pub(crate) fn write_again(&self, all: bool) -> io::Result<()> {
        let unsynced = self.shared.unsynced().clone();
        let len = self.shared.bytes.len()?;
        let mut block = Vec::new();
        for Write { start, end, lacks_room } in unsynced {
            let (mut at, end) = (start, end.min(len)); // perhaps the file did not grow that far
            while at < end {
                let next = (at / BLOCK + 1) * BLOCK;
                block.resize((next.min(end) - at) as usize, 0);
                self.shared.bytes.read(at, &mut block)?;
                match self.shared.bytes.write(at, &block) {
                    Ok(()) => {}
                    // A hole, which reads the same after a crash.
                    Err(error) if lacks_room && !all && is_hole(&error, &block) => {}
                    Err(error) => return Err(error),
                }
                at = next;
            }
        }
        self.shared.sync()
    }
}

impl Shared {
    fn write(&self, at: u64, data: &[u8]) -> io::Result<()> {
        let result = self.bytes.write(at, data);
        let lacks_room = result.as_ref().err().is_some_and(is_lack_of_room);
        // Even if it fails, some of it may have happened.
        let end = at + data.len() as u64;
        self.unsynced().push(Write { start: at, end, lacks_room });
        self.noting(result)
    }

    fn sync(&self) -> io::Result<()> {
        let synced = self.unsynced().len(); // what is written meanwhile may be in it, or not
        self.noting(self.bytes.sync_data())?;
        self.unsynced().drain(..synced);
        self.has_failed.store(false, Ordering::Release);
        Ok(())
    }

    fn noting<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.has_failed.store(true, Ordering::Release);
        }
        result
    }

    /// Whether this database may write. One that is thrown away may not.
    fn check_frozen(&self) -> io::Result<()> {
        if self.is_frozen.load(Ordering::Acquire) {
            return Err(io::Error::other("the database has been given up"));
        }
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsynced(&self) -> MutexGuard<'_, Vec<Write>> {
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_locked(&self) -> bool {
        self.is_locked.load(Ordering::Acquire)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _ = self.bytes.close(); // which gives back the locks, as the end of the process does
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        let len = self.shared.noting(self.shared.bytes.len())?;
        let len = self.shared.held().as_ref().map_or(len, |held| held.len(len));
        Ok(len.saturating_sub(self.base))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let at = offset.saturating_add(self.base);
        match &*self.shared.held() {
            None => self.shared.noting(self.shared.bytes.read(at, out)),
            Some(held) => {
                let len = self.shared.noting(self.shared.bytes.len())?;
                let real = usize::try_from(len.saturating_sub(at)).unwrap_or(usize::MAX);
                let (real, grown) = out.split_at_mut(real.min(out.len()));
                self.shared.noting(self.shared.bytes.read(at, real))?;
                grown.fill(0);
                held.read(len, at, out)
            }
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.shared.check_frozen()?;
        let len = len.saturating_add(self.base);
        match &mut *self.shared.held() {
            Some(held) => held.push(Change::Resize(len)),
            None => self.shared.noting(self.shared.bytes.set_len(len))?,
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.shared.check_frozen()?;
        match &mut *self.shared.held() {
            Some(held) => held.push(Change::Sync),
            None => self.shared.sync()?,
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.shared.check_frozen()?;
        let at = offset.saturating_add(self.base);
        match &mut *self.shared.held() {
            Some(held) => held.push(Change::Write(at, data.to_vec())),
            None => self.shared.write(at, data)?,
        }
        Ok(())
    }

    /// The bytes are closed when the last clone is gone.
    fn close(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.shared.is_locked() {
            Ok(true)
        } else {
            self.shared.bytes.try_lock_range(start, end)
        }
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        if self.shared.is_locked() {
            Ok(true)
        } else {
            self.shared.bytes.try_lock_shared_range(start, end)
        }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if self.shared.is_locked() { Ok(()) } else { self.shared.bytes.unlock_range(start, end) }
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.shared.is_locked() {
            Ok(false)
        } else {
            self.shared.bytes.query_lock_range(start, end)
        }
    }
}

fn is_hole(error: &io::Error, block: &[u8]) -> bool {
    is_lack_of_room(error) && block.iter().all(|byte| *byte == 0)
}

fn is_lack_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
