//! The records of a storage, through faults and power cuts.

use redb::StorageBackend;
use rejoin_durable::{CommitError, Storage, Stored};
use rejoin_redb::{RedbError, RedbStorage};
use rejoin_store::NodeId;

use crate::disk::{Disk, Fault};
use crate::failing;

const ID: NodeId = NodeId::from_u128(7);

/// How many appends the workload makes; after every fifth it compacts.
const APPENDS: u32 = 12;

/// How many operations fail in a row at most, unless the power is gone.
const FAILURES: u64 = 3;

/// What the workload has been told about its appends.
#[derive(Clone, Debug, Default)]
struct Account {
    /// How many appends were acknowledged: they are 0, 1, 2 ….
    acknowledged: u32,
    /// Whether one more was tried; it may be there or not.
    tried: bool,
}

impl Account {
    /// Appends up to `end`, each until it is acknowledged; false when the power is gone.
    fn work(&mut self, storage: &mut RedbStorage, disk: &Disk, end: u32) -> bool {
        let mut until_done = |act: &mut dyn FnMut(&mut RedbStorage) -> bool| {
            // Once the fault is over, the storage goes on by itself.
            (0..FAILURES + 2).any(|_| act(storage)) || {
                assert!(!disk.has_power(), "a storage stays failed");
                false
            }
        };
        while self.acknowledged < end {
            let number = self.acknowledged;
            self.tried = true;
            if !until_done(&mut |storage| storage.append(&delta(number)).is_ok()) {
                return false;
            }
            self.acknowledged += 1;
            self.tried = false;
            let records = self.acknowledged;
            if records.is_multiple_of(5)
                && !until_done(&mut |storage| compact(storage, records).is_ok())
            {
                return false;
            }
        }
        true
    }

    /// Checks that the storage holds what was acknowledged, and learns what else it holds.
    #[track_caller]
    fn check(&mut self, storage: &mut RedbStorage, context: &dyn std::fmt::Debug) {
        let (mut found, mut bytes) = (Vec::new(), 0);
        let mut visit = |stored: Stored<'_>| match stored {
            Stored::Record(record) => {
                found.extend(numbers(record));
                bytes += record.len() as u64;
            }
            _ => panic!("{context:?}: it has lost something"),
        };
        storage.load(&mut visit).expect("what was opened can be read");
        found.dedup(); // what was not acknowledged is appended again
        let here = found.len() as u32;
        assert!(found.iter().copied().eq(0..here), "{context:?}: {found:?}");
        assert!(here >= self.acknowledged, "{context:?}: {here} of {self:?}");
        assert!(
            here <= self.acknowledged + u32::from(self.tried),
            "{context:?}: {here} of {self:?}"
        );
        assert_eq!(storage.log_bytes() + storage.snapshot_bytes(), bytes, "{context:?}");
        assert_eq!(storage.node(), ID, "{context:?}");
        (self.acknowledged, self.tried) = (here, false);
    }
}

/// Makes a snapshot of so many records.
fn compact(storage: &mut RedbStorage, records: u32) -> Result<(), CommitError<RedbError>> {
    storage.compact(&mut |visit| {
        (0..records).for_each(|number| visit(&delta(number)));
        Ok(())
    })
}

/// The append of this number: itself, again and again, so that some span several pages.
fn delta(number: u32) -> Vec<u8> {
    let words = 1 + (number as usize % 4) * 700;
    [[words as u32, number]]
        .concat()
        .into_iter()
        .chain(vec![number; words])
        .flat_map(u32::to_be_bytes)
        .collect()
}

/// The appends in a record.
fn numbers(record: &[u8]) -> Vec<u32> {
    let mut words = record.chunks_exact(4).map(|word| u32::from_be_bytes(word.try_into().unwrap()));
    let mut numbers = Vec::new();
    while let Some(count) = words.next() {
        let number = words.next().unwrap();
        assert!(words.by_ref().take(count as usize).all(|word| word == number), "torn delta");
        numbers.push(number);
    }
    numbers
}

/// Opens the disk and checks it; `None` where the armed fault hits the opening.
#[track_caller]
fn reopen(
    disk: &Disk,
    account: &mut Account,
    context: &dyn std::fmt::Debug,
) -> Option<RedbStorage> {
    match RedbStorage::open_with_backend(disk.clone(), ID) {
        Ok(mut storage) => {
            account.check(&mut storage, context);
            Some(storage)
        }
        Err(_) if disk.has_failed() => None,
        Err(error) => panic!("{context:?}: {error}"),
    }
}

/// A disk with an empty store on it; and how many operations the workload takes from there.
fn prepare() -> (Disk, u64) {
    let disk = Disk::default();
    drop(RedbStorage::open_with_backend(disk.clone(), ID).unwrap());
    let full = disk.after_kill();
    let mut storage = RedbStorage::open_with_backend(full.clone(), ID).unwrap();
    assert!(Account::default().work(&mut storage, &full, APPENDS));
    drop(storage);
    (disk, full.operations())
}

/// Runs the workload into a fault, restarts with another armed, and goes on.
fn check(disk: &Disk, first: Fault, second: Option<Fault>, restart: Restart, seed: u64) {
    let context = (first, second, restart, seed);
    let restart = |disk: &Disk| match restart {
        Restart::PowerCut => disk.after_power_cut(seed),
        Restart::Kill => disk.after_kill(),
    };

    let disk = disk.after_kill(); // a copy
    let mut account = Account::default();
    disk.arm(Some(first));
    if let Some(mut storage) = reopen(&disk, &mut account, &context) {
        account.work(&mut storage, &disk, APPENDS);
    }

    let disk = restart(&disk);
    disk.arm(second);
    let end = account.acknowledged + 6;
    if let Some(mut storage) = reopen(&disk, &mut account, &context) {
        account.work(&mut storage, &disk, end);
    }

    let disk = restart(&disk);
    let mut storage = reopen(&disk, &mut account, &context).expect("no fault is armed");
    assert!(account.work(&mut storage, &disk, end + 2));
    drop(storage);
    reopen(&disk.after_kill(), &mut account, &context).expect("no fault is armed");
}

/// What ends a run.
#[derive(Clone, Copy, Debug)]
enum Restart {
    /// Keeps what was synced, and of the rest anything.
    PowerCut,
    /// Keeps all that was written.
    Kill,
}

/// Every operation fails in turn, and that many after it; the recovery is cut off early, in its
/// middle, late, or never.
fn sweep(failures: &[u64], restart: Restart, seeds: u64) {
    let (disk, operations) = prepare();
    assert!(operations > 50, "the workload is worth failing: {operations}");
    for case in failing(operations * seeds) {
        let (after, seed) = (case / seeds, case % seeds);
        let failures = failures[(after + seed) as usize % failures.len()];
        let second = [None, Some(seed), Some(5 + after % 11), Some(16 + after % 29)];
        let second = second[(after + seed) as usize % 4].map(|after| Fault { after, failures });
        let seed = seed * operations + after;
        check(&disk, Fault { after, failures }, second, restart, seed);
    }
}

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged() {
    sweep(&[u64::MAX], Restart::PowerCut, 6);
}

#[test]
fn failed_operations_lose_nothing_that_was_acknowledged() {
    sweep(&[1, 2, FAILURES], Restart::Kill, 3);
}

/// What a failed sync has forgotten is written again before anything is built on it.
#[test]
fn a_power_cut_after_failed_operations_loses_nothing_that_was_acknowledged() {
    sweep(&[1, 2, FAILURES], Restart::PowerCut, 6);
}

#[test]
fn a_file_that_shrinks_loses_nothing() {
    let big = Disk::default();
    let mut storage = RedbStorage::open_with_backend(big.clone(), ID).unwrap();
    for number in [0, 1, 2].into_iter().chain([3; 700]) {
        storage.append(&delta(number)).unwrap();
    }
    drop(storage);

    let rehearsal = big.after_kill();
    let mut storage = RedbStorage::open_with_backend(rehearsal.clone(), ID).unwrap();
    let before = rehearsal.operations();
    compact(&mut storage, 4).unwrap();
    let operations = rehearsal.operations() - before;
    drop(storage);
    assert!(operations > 20, "a compaction is worth failing: {operations}");

    let mut sizes = Vec::new();
    for failures in [FAILURES, u64::MAX] {
        for after in failing(operations).chain([u64::MAX]) {
            let disk = big.after_kill();
            let mut storage = RedbStorage::open_with_backend(disk.clone(), ID).unwrap();
            let mut account = Account { acknowledged: 4, tried: false };
            account.check(&mut storage, &after);
            disk.arm(Some(Fault { after, failures }));
            let _ = compact(&mut storage, 4);
            assert_eq!(disk.has_failed(), after < operations, "{after} of {operations}");
            for disk in [disk.after_power_cut(after), disk.after_kill()] {
                let mut account = account.clone();
                let mut storage = reopen(&disk, &mut account, &after).expect("no fault is armed");
                assert!(account.work(&mut storage, &disk, 12));
                drop(storage);
                reopen(&disk.after_power_cut(after), &mut account, &after);
            }
            if after == u64::MAX {
                sizes.push(disk.len().unwrap());
            }
        }
    }
    assert!(big.len().unwrap() > 5 << 20, "{:?}", big.len());
    assert!(sizes.iter().all(|size| *size < 1 << 20), "{sizes:?}");
}

#[test]
fn an_error_is_told_as_such_and_the_storage_goes_on() {
    let (disk, _) = prepare();
    let mut storage = RedbStorage::open_with_backend(disk.clone(), ID).unwrap();
    disk.arm(Some(Fault { after: 0, failures: 2 }));
    for _ in 0..2 {
        let error = storage.append(&delta(1)).unwrap_err();
        assert!(matches!(&error, RedbError::Io(io) if io.kind() == std::io::ErrorKind::Other));
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "a device error");
    }
    storage.append(&delta(1)).unwrap();
}
