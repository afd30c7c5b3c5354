use rejoin_core::{Causal, DotStore, Edit, ReplicaId};
use rejoin_counters::GCounter;
use rejoin_maps::OrMap;

#[derive(Default, DotStore)]
struct Page {
    visits: OrMap<String, GCounter>,
}

fn main() {
    let mut stock = Causal::<OrMap<String, GCounter>>::default();
    stock.edit(ReplicaId::random(), |stock| stock.entry("tea").increment(1));
}
