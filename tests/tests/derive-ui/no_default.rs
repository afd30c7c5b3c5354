use rejoin_core::{Causal, Crdt, DotSet};

#[derive(Crdt)]
struct Lamp {
    on: Causal<DotSet>,
}

fn main() {}
