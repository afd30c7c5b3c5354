//! Maps over their keys, and documents of them.

mod sweep;

use criterion::{criterion_group, criterion_main};
use rejoin_core::DotStore;
use rejoin_counters::ResetCounter;
use rejoin_maps::{Causal, Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

use self::sweep::sweep;

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Line {
    quantity: ResetCounter,
    gift: EwFlag,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Cart {
    lines: OrMap<String, Line>,
    coupons: AwSet<String>,
}

fn key(at: u64) -> String {
    format!("key:{at}")
}

subjects! {
    OrMapsOfRegisters: Causal<OrMap<String, MvRegister<u64>>>, 1_000_000,
        |map, at, time| map.entry(key(at)).set(time);
    OrMapsOfLattices: Causal<OrMap<u64, Dotted<Max<u64>>>>, 100_000,
        |map, at, time| map.entry(at).join(Max::from(time));
    OrMapsOfMaps: Causal<OrMap<u64, OrMap<u64, AwSet<u64>>>>, 100_000,
        |map, at, time| map.entry(at / 10).entry(at % 10).insert(at);
    DerivedCarts: Causal<Cart>, 100_000, |cart, at, time| {
        cart.lines().entry(key(at)).quantity().add(1);
        cart.lines().entry(key(at)).gift().enable();
    };
    GMaps: GMap<String, Max<u64>>, 100_000, |map, at, time| map.entry(key(at)).set(time);
    LwwMaps: LwwMap<String, u64, u64>, 100_000, |map, at, time| map.insert(time, key(at), at);
}

criterion_group!(
    benches,
    sweep::<OrMapsOfRegisters>,
    sweep::<OrMapsOfLattices>,
    sweep::<OrMapsOfMaps>,
    sweep::<DerivedCarts>,
    sweep::<GMaps>,
    sweep::<LwwMaps>
);
criterion_main!(benches);
