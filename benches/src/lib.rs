//! Values to measure.

use rejoin_maps::{Causal, Edit, OrMap, ReplicaId};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

/// One of a few writers.
#[must_use]
pub fn writer(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number + 1)
}

/// A set of `n` scattered numbers by one writer.
#[must_use]
pub fn set(n: u64, by: ReplicaId) -> Causal<AwSet<u64>> {
    let mut set = Causal::<AwSet<u64>>::default();
    set.edit(by, |set| set.extend((0..n).map(scatter)));
    set
}

/// A map of `n` keys `key:i` by one writer.
#[must_use]
pub fn map(n: u64, by: ReplicaId) -> Causal<OrMap<String, MvRegister<u64>>> {
    let mut map = Causal::<OrMap<String, MvRegister<u64>>>::default();
    map.edit(by, |map| {
        for number in 0..n {
            map.entry(format!("key:{number}")).set(number);
        }
    });
    map
}

/// Numbers that look random, without repetition.
#[must_use]
pub fn scatter(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}
