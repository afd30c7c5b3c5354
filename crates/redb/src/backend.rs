use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

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
/// Its clones are the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Backend(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes: Box<dyn StorageBackend>,
    /// Whether the locks of an open database are held. They are kept until the end.
    is_locked: AtomicBool,
    /// Whether something has failed since the last sync.
    has_failed: AtomicBool,
    /// The writes since the last sync.
    unsynced: Mutex<Vec<Write>>,
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
        Self(Arc::new(Shared {
            bytes: Box::new(bytes),
            is_locked: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            unsynced: Mutex::default(),
        }))
    }

    /// From now on the locks stay as they are.
    pub(crate) fn keep_locks(&self) {
        self.0.is_locked.store(true, Ordering::Release);
    }

    /// Whether something has failed since the last sync, so that the database may be of no use.
    pub(crate) fn has_failed(&self) -> bool {
        self.0.has_failed.load(Ordering::Acquire)
    }

    /// Writes what has been written since the last sync again, as it reads now, and syncs it. After
    /// it, the disk has what readers see.
    ///
    /// # Errors
    ///
    /// When it fails again. There need be no room for what there was no room for before, unless
    /// `all` is wanted.
    pub(crate) fn write_again(&self, all: bool) -> io::Result<()> {
        let unsynced = self.0.unsynced().clone();
        let len = self.0.bytes.len()?;
        let mut block = Vec::new();
        for Write { start, end, lacks_room } in unsynced {
            let (mut at, end) = (start, end.min(len)); // perhaps the file did not grow that far
            while at < end {
                let next = (at / BLOCK + 1) * BLOCK;
                block.resize((next.min(end) - at) as usize, 0);
                self.0.bytes.read(at, &mut block)?;
                match self.0.bytes.write(at, &block) {
                    Ok(()) => {}
                    // A hole, which reads the same after a crash.
                    Err(error) if lacks_room && !all && is_hole(&error, &block) => {}
                    Err(error) => return Err(error),
                }
                at = next;
            }
        }
        self.sync_data()
    }

    fn noting<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.0.has_failed.store(true, Ordering::Release);
        }
        result
    }
}

impl Shared {
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
        self.noting(self.0.bytes.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.noting(self.0.bytes.read(offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.noting(self.0.bytes.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        let synced = self.0.unsynced().len(); // what is written meanwhile may be in it, or not
        self.noting(self.0.bytes.sync_data())?;
        self.0.unsynced().drain(..synced);
        self.0.has_failed.store(false, Ordering::Release);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let result = self.0.bytes.write(offset, data);
        let lacks_room = result.as_ref().err().is_some_and(is_lack_of_room);
        // Even if it fails, some of it may have happened.
        let end = offset + data.len() as u64;
        self.0.unsynced().push(Write { start: offset, end, lacks_room });
        self.noting(result)
    }

    /// The bytes are closed when the last clone is gone.
    fn close(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.0.is_locked() { Ok(true) } else { self.0.bytes.try_lock_range(start, end) }
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        if self.0.is_locked() { Ok(true) } else { self.0.bytes.try_lock_shared_range(start, end) }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if self.0.is_locked() { Ok(()) } else { self.0.bytes.unlock_range(start, end) }
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.0.is_locked() { Ok(false) } else { self.0.bytes.query_lock_range(start, end) }
    }
}

fn is_hole(error: &io::Error, block: &[u8]) -> bool {
    is_lack_of_room(error) && block.iter().all(|byte| *byte == 0)
}

fn is_lack_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
