use rejoin_core::{Causal, Crdt, DotSet};

#[derive(Default, Crdt)]
#[crdt(rename = "Lamp")]
struct Unknown {
    #[crdt(default, skip)]
    on: Causal<DotSet>,
}

#[derive(Default, Crdt)]
#[crdt(skip)]
struct Misplaced {
    #[crdt(crate = "elsewhere")]
    on: Causal<DotSet>,
}

#[derive(Default, Crdt)]
#[crdt(cursor = "Editor", cursor = "Editor")]
#[crdt(bound = "T is fine")]
#[crdt(crate = 7)]
struct Malformed {
    #[crdt]
    on: Causal<DotSet>,
}

fn main() {}
