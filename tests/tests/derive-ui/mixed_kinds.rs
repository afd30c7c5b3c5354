use rejoin_core::{Crdt, DotStore};
use rejoin_counters::GCounter;
use rejoin_sets::AwSet;

#[derive(Default, Crdt)]
struct Lattice {
    visits: GCounter,
    tags: AwSet<String>, // wrong
}

#[derive(Default, DotStore)]
struct Store {
    visits: GCounter, // wrong
    tags: AwSet<String>,
}

#[derive(Default, DotStore)]
struct Generic<T: Clone> {
    visits: GCounter, // wrong
    text: rejoin_core::DotFun<T>,
}

fn main() {}
