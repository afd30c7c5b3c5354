use rejoin_core::{Causal, Crdt, DotSet, DotStore};

#[derive(Default, DotStore)]
struct Dots {
    #[crdt(join)]
    on: DotSet,
}

#[derive(Default, Crdt)]
struct Both {
    #[crdt(join, skip)]
    on: Causal<DotSet>,
    #[crdt(skip)]
    #[crdt(join)]
    off: Causal<DotSet>,
}

fn main() {}
