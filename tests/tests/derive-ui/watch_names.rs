use rejoin_core::{Causal, Crdt, DotSet, Watch};

#[derive(Default, Crdt, Watch)]
struct Alike {
    lamp: Causal<DotSet>,
    lamp_: Causal<DotSet>,
}

#[derive(Default, Crdt)]
#[crdt(change = "some thing")]
#[crdt(change_derive = "Clone, Copy, Eq")]
struct Malformed {
    #[crdt(change = "Lamp")]
    lamp: Causal<DotSet>,
}

fn main() {}
