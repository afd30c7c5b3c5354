use rejoin_core::{Crdt, DotStore};
use rejoin_counters::GCounter;
use rejoin_sets::AwSet;

#[derive(Default, Crdt)]
struct Lattice {
    visits: GCounter,
    tags: AwSet<String>,
}

#[derive(Default, DotStore)]
struct Store {
    visits: GCounter,
    tags: AwSet<String>,
}

fn main() {}
