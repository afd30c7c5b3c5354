use rejoin_core::{Crdt, DotStore};
use rejoin_counters::GCounter;
use rejoin_sets::AwSet;

#[derive(Clone, Default, Crdt)]
struct Lattice {
    visits: GCounter,
    tags: AwSet<String>, // wrong
}

#[derive(Clone, Default, DotStore)]
struct Store {
    visits: GCounter, // wrong
    tags: AwSet<String>,
}

#[derive(Clone, Default, DotStore)]
struct Generic<T: Clone> {
    visits: GCounter, // wrong
    text: rejoin_core::DotFun<T>,
}

fn main() {}
