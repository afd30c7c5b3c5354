//! Values to measure.

use rejoin_maps::{Causal, Edit, OrMap, ReplicaId};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

/// A set, as most rows measure it.
pub type Set = Causal<AwSet<u64>>;

/// A map, as most rows measure it.
pub type Map = Causal<OrMap<String, MvRegister<u64>>>;

/// One of a few writers, with an id that looks as random as a real one.
#[must_use]
pub fn writer(number: u64) -> ReplicaId {
    let (high, low) = (scatter(2 * number + 1), scatter(2 * number + 2));
    ReplicaId::from_u128(u128::from(high) << 64 | u128::from(low))
}

/// Numbers that look random, without repetition.
#[must_use]
pub fn scatter(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

/// The scattered numbers of a range.
#[must_use]
pub fn numbers(range: core::ops::Range<u64>) -> Vec<u64> {
    range.map(scatter).collect()
}

/// The keys `key:i` of a range.
#[must_use]
pub fn keys(range: core::ops::Range<u64>) -> Vec<String> {
    range.map(|number| format!("key:{number}")).collect()
}

/// A set of `n` scattered numbers by one writer.
#[must_use]
pub fn set(n: u64, by: ReplicaId) -> Set {
    let mut set = Set::default();
    set.edit(by, |set| set.extend((0..n).map(scatter)));
    set
}

/// A map of `n` keys `key:i` by one writer.
#[must_use]
pub fn map(n: u64, by: ReplicaId) -> Map {
    let mut map = Map::default();
    map.edit(by, |map| {
        for number in 0..n {
            map.entry(format!("key:{number}")).set(number);
        }
    });
    map
}
