use rejoin_core::{Causal, Edit, ReplicaId};
use rejoin_counters::GCounter;
use rejoin_maps::OrMap;

fn main() {
    let mut stock: Causal<OrMap<String, GCounter>> = Causal::default();
    stock.edit(ReplicaId::random(), |stock| stock.entry("tea").increment(1)); // wrong
}
