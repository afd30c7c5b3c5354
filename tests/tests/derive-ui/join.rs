use rejoin_core::{Causal, Crdt, DotSet, DotStore};

#[derive(Default, DotStore)]
struct Dots {
    #[crdt(join)]
    on: DotSet, // wrong
}

#[derive(Default, Crdt)]
struct Both {
    #[crdt(join, skip)] // wrong
    on: Causal<DotSet>,
    #[crdt(skip)]
    #[crdt(join)] // wrong
    off: Causal<DotSet>,
}

fn main() {}
