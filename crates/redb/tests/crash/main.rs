//! Every write, resize and sync of a small workload fails in turn, by a full disk or by a power
//! cut that drops or tears what was not synced; afterwards all that was acknowledged is there.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod disk;

use rejoin_redb::{RedbError, RedbStorage};
use rejoin_store::{ReplicaId, Storage};

use self::disk::{Disk, Fault};

const ID: ReplicaId = ReplicaId::from_u128(7);

/// How many appends the workload makes; after every fifth it compacts.
const APPENDS: u32 = 12;

/// What the workload has been told about its appends.
#[derive(Clone, Debug, Default)]
struct Account {
    /// How many appends were acknowledged: they are 0, 1, 2 ….
    acknowledged: u32,
    /// Whether one more was tried; it may be there or not.
    tried: bool,
}

impl Account {
    /// Appends up to `end`; false when the storage has failed.
    fn work(&mut self, storage: &mut RedbStorage, end: u32) -> bool {
        while self.acknowledged < end {
            let number = self.acknowledged;
            self.tried = true;
            if storage.append(&delta(number)).is_err() {
                assert!(
                    matches!(storage.append(&delta(number)), Err(RedbError::Failed)),
                    "a failed storage stays failed"
                );
                return false;
            }
            self.acknowledged += 1;
            self.tried = false;
            if self.acknowledged.is_multiple_of(5) {
                let snapshot: Vec<u8> = (0..self.acknowledged).flat_map(delta).collect();
                if storage.compact(&snapshot).is_err() {
                    return false;
                }
            }
        }
        true
    }

    /// Checks that the storage holds what was acknowledged, and learns what else it holds.
    #[track_caller]
    fn check(&mut self, storage: &mut RedbStorage, context: &dyn std::fmt::Debug) {
        let (mut found, mut bytes) = (Vec::new(), 0);
        storage
            .load(&mut |record| {
                found.extend(numbers(record));
                bytes += record.len() as u64;
                Ok(())
            })
            .expect("what was opened can be read");
        let here = found.len() as u32;
        assert!(found.iter().copied().eq(0..here), "{context:?}: {found:?}");
        assert!(here >= self.acknowledged, "{context:?}: {here} of {self:?}");
        assert!(
            here <= self.acknowledged + u32::from(self.tried),
            "{context:?}: {here} of {self:?}"
        );
        assert_eq!(storage.log_bytes() + storage.snapshot_bytes(), bytes, "{context:?}");
        assert_eq!(storage.replica(), ID, "{context:?}");
        (self.acknowledged, self.tried) = (here, false);
    }
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
    assert!(Account::default().work(&mut storage, APPENDS));
    drop(storage);
    (disk, full.operations())
}

/// Runs the workload into a fault, reopens with another, and goes on.
fn check(disk: &Disk, first: Fault, second: Option<Fault>, seed: u64) {
    let context = (first, second, seed);
    let restart =
        |disk: &Disk| if first.power_cut { disk.after_power_cut(seed) } else { disk.after_kill() };

    let disk = disk.after_kill(); // a copy
    let mut account = Account::default();
    disk.arm(Some(first));
    if let Some(mut storage) = reopen(&disk, &mut account, &context) {
        account.work(&mut storage, APPENDS);
    }

    let disk = restart(&disk);
    disk.arm(second);
    let end = account.acknowledged + 6;
    if let Some(mut storage) = reopen(&disk, &mut account, &context) {
        account.work(&mut storage, end);
    }

    let disk = restart(&disk);
    let mut storage = reopen(&disk, &mut account, &context).expect("no fault is armed");
    assert!(account.work(&mut storage, end + 2));
    drop(storage);
    reopen(&disk.after_kill(), &mut account, &context).expect("no fault is armed");
}

/// Every operation fails in turn; the recovery is cut off early, in its middle, late, or never.
fn sweep(power_cut: bool, seeds: u64) {
    let (disk, operations) = prepare();
    assert!(operations > 50, "the workload is worth failing: {operations}");
    for after in 0..operations {
        for seed in 0..seeds {
            let second = [None, Some(seed), Some(5 + after % 11), Some(16 + after % 29)];
            let second =
                second[(after + seed) as usize % 4].map(|after| Fault { after, power_cut });
            check(&disk, Fault { after, power_cut }, second, seed * operations + after);
        }
    }
}

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged() {
    sweep(true, 4);
}

#[test]
fn failed_writes_lose_nothing_that_was_acknowledged() {
    sweep(false, 2);
}

#[test]
fn a_full_disk_is_told_as_such() {
    let (disk, _) = prepare();
    let mut storage = RedbStorage::open_with_backend(disk.clone(), ID).unwrap();
    disk.arm(Some(Fault { after: 0, power_cut: false }));
    let error = storage.append(&delta(1)).unwrap_err();
    assert!(matches!(&error, RedbError::Io(io) if io.kind() == std::io::ErrorKind::StorageFull));
    assert!(std::error::Error::source(&error).is_some());
}
