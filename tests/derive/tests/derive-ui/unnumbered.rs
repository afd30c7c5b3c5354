use rejoin_core::{Causal, Crdt, DotStore, Edit, Unnumbered};
use rejoin_counters::GCounter;
use rejoin_maps::{Dotted, GMap};
use rejoin_registers::Max;
use rejoin_sets::{AwSet, GSet};

#[derive(Clone, Default, Crdt, Unnumbered)]
struct Sound<L: Edit> {
    best: Max<u8>,
    seen: GMap<u8, GSet<u8>>,
    more: GMap<u8, L>,
}

#[derive(Clone, Default, Crdt, Unnumbered)]
struct Unsound {
    visits: GCounter, // wrong
    tags: Causal<AwSet<u8>>, // wrong
}

#[derive(Clone, Default, Crdt)]
struct Silent {
    best: Max<u8>,
}

#[derive(Clone, Default, DotStore)]
struct Page {
    sound: Dotted<Sound<Max<u8>>>,
    unsound: Dotted<Unsound>,
    counting: Dotted<Sound<GCounter>>, // wrong
    silent: Dotted<Silent>, // wrong
}

fn main() {
    let _ = Causal::<Page>::default();
}
