use rejoin_core::{Causal, Crdt, DotSet};

#[derive(Clone, Default, Crdt)]
#[crdt(alias = "Lamp")] // wrong
struct Unknown {
    #[crdt(default, skip)] // wrong
    on: Causal<DotSet>,
}

#[derive(Clone, Default, Crdt)]
#[crdt(skip)] // wrong
struct Misplaced {
    #[crdt(crate = "elsewhere")] // wrong
    on: Causal<DotSet>,
}

#[derive(Clone, Default, Crdt)]
#[crdt(cursor = "Editor", cursor = "Editor")] // wrong
#[crdt(bound = "T is fine")] // wrong
#[crdt(crate = 7)] // wrong
struct Malformed {
    #[crdt] // wrong
    on: Causal<DotSet>,
}

fn main() {}
