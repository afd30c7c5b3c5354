use rejoin_core::{Causal, Crdt, DotFun, Watch};

#[derive(Clone, Default, Crdt, Watch)]
struct Unwatched {
    on: Causal<DotFun<u8>>, // wrong
}

fn main() {}
