//! A disk in memory whose power can be cut.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// What is written at once, or not at all, when the power goes.
const SECTOR: usize = 512;

/// A disk; its clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// What a reader sees.
    current: Vec<u8>,
    /// What a power cut leaves for sure.
    synced: Vec<u8>,
    /// What has changed since the last sync, of which a power cut leaves anything.
    unsynced: Vec<Change>,
    /// Writes, resizes and syncs so far.
    operations: u64,
    fault: Option<Fault>,
    dead: bool,
}

enum Change {
    Write(usize, Vec<u8>),
    Resize(usize),
}

/// When and how an operation fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// How many operations still succeed.
    pub after: u64,
    /// Whether nothing succeeds from then on.
    pub power_cut: bool,
}

impl Disk {
    /// From now on: this fault, or none.
    pub(crate) fn arm(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Whether the armed fault has happened.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().fault.is_none()
    }

    /// Writes, resizes and syncs so far.
    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The same disk after its power came back: all that was synced, and of the rest some sectors.
    pub(crate) fn after_power_cut(&self, seed: u64) -> Self {
        let mut rng = Rng(seed);
        let state = self.state();
        let mut left = state.synced.clone();
        for change in &state.unsynced {
            match change {
                Change::Resize(len) if rng.flip() => left.resize(*len, 0),
                Change::Resize(_) => {}
                Change::Write(offset, data) => {
                    let torn = rng.flip();
                    let kept = rng.flip();
                    for (at, sector) in data.chunks(SECTOR).enumerate() {
                        if if torn { rng.flip() } else { kept } {
                            write(&mut left, offset + at * SECTOR, sector);
                        }
                    }
                }
            }
        }
        Self::holding(left)
    }

    /// The same disk after the process died, and the machine did not: all that was written.
    pub(crate) fn after_kill(&self) -> Self {
        Self::holding(self.state().current.clone())
    }

    fn holding(bytes: Vec<u8>) -> Self {
        let state = State { current: bytes.clone(), synced: bytes, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics in here")
    }
}

impl State {
    /// Counts an operation, and fails it if its time has come.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        if self.dead {
            return Err(io::Error::other("no power"));
        }
        match &mut self.fault {
            Some(Fault { after: 0, power_cut }) => {
                self.dead = *power_cut;
                self.fault = None;
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(Fault { after, .. }) => {
                *after -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let offset = offset as usize;
        let bytes = state.current.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.unsynced.push(Change::Resize(len as usize)); // it may happen even if it fails
        state.operate()?;
        state.current.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.synced = state.current.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.unsynced.push(Change::Write(offset as usize, data.to_vec()));
        state.operate()?;
        write(&mut state.current, offset as usize, data);
        Ok(())
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("operations", &self.operations()).finish_non_exhaustive()
    }
}

fn write(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn flip(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) & 1 == 1
    }
}
