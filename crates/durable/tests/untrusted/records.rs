//! Stored records, and chunks of a value.

use fastrand::Rng;
use rejoin_core::Edit;
use rejoin_durable::{Durable, Memory, Storage, Stored};
use rejoin_store::Config;

use crate::{Doc, HERE, THERE, alone, mutate, peak, setting};

/// The first byte of a chunk of a value.
const CHUNK: u8 = 2;

/// Records as they are really stored, and a chunk as of a long snapshot.
pub(crate) fn records() -> Vec<Vec<u8>> {
    let mut node = Durable::<Doc, _>::open_as(Memory::new(HERE.node()), 1, Config::default())
        .expect("memory does not fail");
    node.edit(|map| map.entry("key:1").set(1_u64)).expect("memory does not fail");
    node.edit(|map| (0..20).for_each(|n| map.entry(format!("key:{n}")).set(n)))
        .expect("memory does not fail");
    node.edit(|map| map.remove("key:3")).expect("memory does not fail");
    let mut records = Vec::new();
    let mut load = |disk: &mut Memory| {
        let mut visit = |stored: Stored<'_>| match stored {
            Stored::Record(record) => records.push(record.to_vec()),
            _ => panic!("memory has all"),
        };
        disk.load(&mut visit).expect("memory does not fail");
    };
    load(&mut node.storage().clone());
    node.compact().expect("memory does not fail");
    load(&mut node.into_storage());
    let mut value = Doc::default();
    value.edit(THERE, |map| (0..5).for_each(|n| map.entry(format!("key:{n}")).set(n)));
    let body = rejoin_codec::to_vec(&value).expect("memory does not fail");
    records.push([&[CHUNK], &crc32fast::hash(&body).to_le_bytes()[..], &body].concat());
    records
}

fn open(record: &[u8]) -> Option<Durable<Doc, Memory>> {
    let mut disk = Memory::new(HERE.node());
    disk.append(record).expect("memory does not fail");
    Durable::open_as(disk, 2, Config::default()).ok()
}

#[test]
fn sealed_mutants_of_records_are_refused_or_a_disk_to_work_on() {
    let _alone = alone();
    let originals = records();
    assert!(originals.iter().all(|record| open(record).is_some()));
    let first = setting("REJOIN_SEED", 0);
    let (mut accepted, mut worst) = (0, 0);
    for seed in first..first + setting("REJOIN_CASES", 20_000) {
        let mut rng = Rng::with_seed(seed);
        let mut record = originals[rng.usize(..originals.len())].clone();
        mutate(&mut rng, &mut record);
        let (node, peak) = peak(|| open(&record));
        // Beside the record: its copy on the disk, and its value twice.
        assert!(peak <= (16 << 10) + 500 * record.len(), "seed {seed}: {peak} bytes");
        worst = worst.max(peak / record.len());
        let Some(mut node) = node else { continue };
        accepted += 1;
        node.edit(|map| map.entry("after").set(1_u64)).unwrap();
        node.compact().unwrap();
        let state = node.state().clone();
        assert!(state.contains_key("after"), "seed {seed}");
        let node = Durable::<Doc, _>::open_as(node.into_storage(), 3, Config::default());
        assert_eq!(*node.unwrap().state(), state, "seed {seed}");
    }
    assert!(accepted > 0, "the canary: some mutants are well-formed");
    println!("records: {accepted} accepted; at most {worst} bytes for a byte");
}
