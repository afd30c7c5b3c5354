use rejoin_core::{Causal, Crdt, DotSet, DotStore};

#[derive(Default, DotStore)]
struct Line { // wrong
    gift: DotSet,
}

#[derive(Default, Crdt)]
struct Shop { // wrong
    open: Causal<DotSet>,
}

fn main() {}
