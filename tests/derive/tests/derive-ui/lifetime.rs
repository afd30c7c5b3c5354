use rejoin_core::{Crdt, Decompose, Diff, DotStore};

#[derive(Clone, Default, DotStore)]
struct Note<'a> { // wrong
    text: rejoin_core::DotFun<&'a str>,
}

#[derive(Clone, Default, Crdt, Diff, Decompose)]
struct Notes<'a> { // wrong
    text: rejoin_core::Causal<rejoin_core::DotFun<&'a str>>,
}

fn main() {}
