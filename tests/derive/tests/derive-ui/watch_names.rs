use rejoin_core::{Causal, Crdt, DotSet, Watch};

#[derive(Clone, Default, Crdt, Watch)]
struct Alike {
    lamp: Causal<DotSet>,
    lamp_: Causal<DotSet>, // wrong
}

#[derive(Clone, Default, Crdt)]
#[crdt(change = "some thing")] // wrong
#[crdt(change_derive = "Clone, Copy, Eq")] // wrong
struct Malformed {
    #[crdt(change = "Lamp")] // wrong
    lamp: Causal<DotSet>,
}

fn main() {}
