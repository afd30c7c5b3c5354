use rejoin_core::{Crdt, DotSet};

#[derive(Default, Crdt)]
struct Lamp {
    on: DotSet,
}

fn main() {}
