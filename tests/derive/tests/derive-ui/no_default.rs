use rejoin_core::{Causal, Crdt, Decompose, Diff, DotSet, DotStore, Watch, WatchStore};

#[derive(Clone, Crdt)]
struct Lamp { // wrong
    on: Causal<DotSet>,
}

#[derive(Clone, Debug, PartialEq, Crdt, Diff, Decompose, Watch)]
struct Lights { // wrong
    on: Causal<DotSet>,
}

#[derive(Clone, Debug, PartialEq, DotStore, WatchStore)]
struct Dots { // wrong
    on: DotSet,
}

#[derive(Clone)]
struct Cache;

#[derive(Clone, Default, Crdt, Diff, Decompose)]
struct Cached {
    #[crdt(skip)]
    cache: Cache, // wrong
    on: Causal<DotSet>,
}

fn main() {}
