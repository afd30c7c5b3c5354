use rejoin_core::{Causal, DotSet, DotStore};

#[derive(Default, DotStore)]
struct Lamp {
    on: Causal<DotSet>,
}

fn main() {}
