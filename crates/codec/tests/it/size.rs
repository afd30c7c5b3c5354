//! The bars of the design: bytes an element.

use std::io::Write;

use rejoin_codec::{encoded_len, from_slice, to_vec};
use rejoin_core::{Causal, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

const ALICE: ReplicaId = ReplicaId::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);

/// The length after the compression that a transport may do.
fn deflated(bytes: &[u8]) -> usize {
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all").len()
}

fn per(bytes: usize, n: u32) -> f64 {
    bytes as f64 / f64::from(n)
}

#[test]
fn a_set_of_random_numbers() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut set = Causal::<AwSet<u64>>::default();
    set.edit(ALICE, |set| set.extend((0..100_000).map(|_| rng.u64(..))));
    let bytes = to_vec(&set).expect("encodes");
    println!("{} bytes an element", per(bytes.len(), 100_000));
    assert!(per(bytes.len(), 100_000) <= 9.5);
    assert_eq!(encoded_len(&set), Ok(bytes.len()));
    assert_eq!(from_slice::<Causal<AwSet<u64>>>(&bytes).as_ref(), Ok(&set));
}

#[test]
fn a_map_of_numbered_keys() {
    let mut map = Causal::<OrMap<String, MvRegister<u64>>>::default();
    map.edit(ALICE, |map| {
        for number in 0..10_000 {
            map.entry(format!("key:{number}")).set(number);
        }
    });
    let bytes = to_vec(&map).expect("encodes");
    let (raw, compressed) = (per(bytes.len(), 10_000), per(deflated(&bytes), 10_000));
    println!("{raw} bytes a key, {compressed} compressed");
    assert!(raw <= 14.0 && compressed <= 4.5);
    assert_eq!(encoded_len(&map), Ok(bytes.len()));
    assert_eq!(from_slice::<Causal<OrMap<String, MvRegister<u64>>>>(&bytes).as_ref(), Ok(&map));
}
