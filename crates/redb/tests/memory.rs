//! A store that has created and removed many keys is as small as one that has not.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use peak_alloc::PeakAlloc;
use rejoin_durable::Durable;
use rejoin_maps::{Causal, OrMap};
use rejoin_redb::RedbStorage;
use rejoin_registers::MvRegister;
use rejoin_store::Config;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Creates and removes so many keys, `step` at a time, and compacts. Returns how many bytes of
/// memory that takes, and how many of the file.
fn churn(keys: u64, step: u64) -> (usize, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.redb");
    let config = Config::default().with_max_log(1 << 16); // which would fill up first
    let storage = RedbStorage::open(&path).unwrap();
    let mut store =
        Durable::<Causal<OrMap<String, MvRegister<u64>>>, _>::open(storage, config).unwrap();
    let before = MEMORY.current_usage();
    for first in (0..keys).step_by(step as usize) {
        let keys = || (first..first + step).map(|key| format!("key:{key}"));
        store.edit(|map| keys().for_each(|key| map.entry(key).set(first))).unwrap();
        let removed = store.edit(|map| keys().filter(|key| map.remove(key)).count());
        assert_eq!(removed.unwrap() as u64, step);
    }
    assert!(store.state().is_empty());
    store.compact().unwrap();
    let memory = MEMORY.current_usage().saturating_sub(before);
    drop(store);
    (memory, fs::metadata(path).unwrap().len())
}

/// A million, or fewer where the variable `REJOIN_CASES` asks for few cases.
fn many() -> u64 {
    let cases = std::env::var("REJOIN_CASES").map_or(1_000, |cases| cases.parse().unwrap());
    if cases < 1_000 { 200_000 } else { 1_000_000 }
}

/// One test, because all tests of a process share the memory that is counted.
#[test]
fn removed_keys_leave_neither_memory_nor_file() {
    let check = |keys, step, most_memory, most_file| {
        let (memory, file) = churn(keys, step);
        assert!(memory < most_memory, "{keys} keys, {step} at a time: {memory} bytes");
        assert!(file < most_file, "{keys} keys, {step} at a time: {file} bytes in the file");
    };
    check(100, 100, 100_000, 200_000);
    // A million small steps would take a while; what they leave does not depend on their number.
    check(many() / 10, 100, 2_000_000, 4_500_000);
    check(many(), 10_000, 2_000_000, 4_500_000);
    // A million are 140 MB and 5 MB while they are there.
    check(many(), many(), 1_000_000, 1_000_000);
}
