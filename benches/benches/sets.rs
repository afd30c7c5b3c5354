//! Sets over their elements.

mod sweep;

use criterion::{criterion_group, criterion_main};
use rejoin_benches::values::scatter;
use rejoin_sets::{AwBag, AwSet, Causal, GSet, LwwElementSet, RwSet, TwoPhaseSet};

use self::sweep::sweep;

subjects! {
    AwSets: Causal<AwSet<u64>>, 1_000_000, |set, at, time| set.insert(scatter(at));
    RwSets: Causal<RwSet<u64>>, 100_000, |set, at, time| set.insert(scatter(at));
    AwBags: Causal<AwBag<u64>>, 100_000, |bag, at, time| bag.insert(scatter(at));
    GSets: GSet<u64>, 1_000_000, |set, at, time| set.insert(scatter(at));
    TwoPhaseSets: TwoPhaseSet<u64>, 100_000, |set, at, time| set.insert(scatter(at));
    LwwElementSets: LwwElementSet<u64, u64>, 100_000, |set, at, time| set.insert(time, scatter(at));
}

criterion_group!(
    benches,
    sweep::<AwSets>,
    sweep::<RwSets>,
    sweep::<AwBags>,
    sweep::<GSets>,
    sweep::<TwoPhaseSets>,
    sweep::<LwwElementSets>
);
criterion_main!(benches);
