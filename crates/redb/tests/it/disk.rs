//! A disk in memory that fails, is full, and whose power can be cut.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// What is written at once, or not at all, when the power goes.
const SECTOR: usize = 512;

/// What a file takes of a disk at least.
const BLOCK: usize = 4096;

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
    /// The blocks that have been written, and how many there can be.
    blocks: BTreeSet<usize>,
    capacity: Option<usize>,
}

enum Change {
    Write(usize, Vec<u8>),
    Resize(usize),
}

/// When and how operations fail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// How many operations still succeed.
    pub after: u64,
    /// How many fail then; with `u64::MAX` the power is cut. They leave anything behind, and a
    /// failed sync forgets what was to be synced, as Linux does: readers see it until the power is
    /// cut.
    pub failures: u64,
}

impl Fault {
    fn is_power_cut(self) -> bool {
        self.failures == u64::MAX
    }
}

impl Disk {
    /// From now on: this fault, or none.
    pub(crate) fn arm(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Whether the armed fault has happened.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().fault.is_none_or(|fault| fault.after == 0)
    }

    /// Whether the power is still on.
    pub(crate) fn has_power(&self) -> bool {
        !self.state().dead
    }

    /// From now on there is room for this many bytes more, or for any.
    pub(crate) fn limit(&self, bytes: Option<usize>) {
        let mut state = self.state();
        state.capacity = bytes.map(|bytes| state.blocks.len() + bytes / BLOCK);
    }

    /// Writes, resizes and syncs so far.
    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The same disk after its power came back: all that was synced, and of the rest some sectors.
    pub(crate) fn after_power_cut(&self, seed: u64) -> Self {
        let state = self.state();
        let mut left = state.synced.clone();
        leave_some(&mut left, &state.unsynced, &mut Rng(seed));
        Self::holding(left)
    }

    /// The same disk after the process died, and the machine did not: all that was written.
    pub(crate) fn after_kill(&self) -> Self {
        Self::holding(self.state().current.clone())
    }

    fn holding(bytes: Vec<u8>) -> Self {
        let blocks = (0..bytes.len().div_ceil(BLOCK)).collect();
        let state = State { current: bytes.clone(), synced: bytes, blocks, ..State::default() };
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
            Some(fault @ Fault { after: 0, .. }) => {
                self.dead = fault.is_power_cut();
                fault.failures -= 1;
                if fault.failures == 0 || self.dead {
                    self.fault = None;
                }
                Err(io::Error::other("a device error"))
            }
            Some(Fault { after, .. }) => {
                *after -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether what has failed leaves something behind: always while the power goes, so that it is
    /// up to what is left then, and otherwise every other time.
    fn may_happen(&self) -> bool {
        self.dead || self.operations.is_multiple_of(2)
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.current);
        self.unsynced.push(change);
    }

    /// Takes the blocks for this write, and returns how much of it there is room for.
    fn allocate(&mut self, offset: usize, len: usize) -> usize {
        for block in offset / BLOCK..(offset + len).div_ceil(BLOCK) {
            let is_full = self.capacity.is_some_and(|capacity| self.blocks.len() >= capacity);
            if is_full && !self.blocks.contains(&block) {
                return (block * BLOCK).saturating_sub(offset);
            }
            self.blocks.insert(block);
        }
        len
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
        let (mut state, len) = (self.state(), len as usize);
        let result = state.operate();
        if result.is_ok() || state.may_happen() {
            state.change(Change::Resize(len));
        }
        result
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        let result = state.operate();
        if state.dead {
            return result;
        }
        let changes = std::mem::take(&mut state.unsynced);
        match &result {
            Ok(()) => changes.iter().for_each(|change| change.apply(&mut state.synced)),
            Err(_) => {
                let seed = state.operations;
                leave_some(&mut state.synced, &changes, &mut Rng(seed));
            }
        }
        result
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (mut state, offset) = (self.state(), offset as usize);
        let result = state.operate();
        if result.is_ok() {
            let room = state.allocate(offset, data.len());
            state.change(Change::Write(offset, data[..room].to_vec()));
            return if room < data.len() { Err(io::ErrorKind::StorageFull.into()) } else { result };
        }
        if state.may_happen() {
            let written = if state.dead { data.len() } else { data.len() / 2 };
            state.change(Change::Write(offset, data[..written].to_vec()));
        }
        result
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("operations", &self.operations()).finish_non_exhaustive()
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Resize(len) => bytes.resize(*len, 0),
            Self::Write(offset, data) => write(bytes, *offset, data),
        }
    }
}

/// Applies any of the changes: each as a whole, not at all, up to some sector, or some sectors of
/// it.
fn leave_some(bytes: &mut Vec<u8>, changes: &[Change], rng: &mut Rng) {
    for change in changes {
        let (offset, data) = match change {
            Change::Write(offset, data) if rng.flip() => (*offset, data),
            whole if rng.flip() => {
                whole.apply(bytes);
                continue;
            }
            _ => continue,
        };
        let is_prefix = rng.flip();
        for (at, sector) in data.chunks(SECTOR).enumerate() {
            if rng.flip() {
                write(bytes, offset + at * SECTOR, sector);
            } else if is_prefix {
                break;
            }
        }
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
