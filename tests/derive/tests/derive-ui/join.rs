use rejoin_core::{Causal, Crdt, DotSet, DotStore};

#[derive(Clone, Default, DotStore)]
struct Dots {
    #[crdt(join)]
    on: DotSet, // wrong
}

#[derive(Clone, Default, Crdt)]
struct Both {
    #[crdt(join, skip)] // wrong
    on: Causal<DotSet>,
    #[crdt(skip)]
    #[crdt(join)] // wrong
    off: Causal<DotSet>,
}

fn main() {}
