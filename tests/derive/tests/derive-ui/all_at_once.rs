use rejoin_core::{Causal, Crdt, DotFun};

#[derive(Clone, Default, Crdt)]
#[crdt(name = "Editor")] // wrong
struct Notes<
    'a, // wrong
    'b, // wrong
> {
    #[crdt(local)] // wrong
    here: Causal<DotFun<&'a str>>,
    #[crdt(ignore)] // wrong
    there: Causal<DotFun<&'b str>>,
}

fn main() {}
