use rejoin_core::{Causal, Crdt, DotFun};

#[derive(Default, Crdt)]
#[crdt(name = "Editor")]
struct Notes<'a, 'b> {
    #[crdt(local)]
    here: Causal<DotFun<&'a str>>,
    #[crdt(ignore)]
    there: Causal<DotFun<&'b str>>,
}

fn main() {}
