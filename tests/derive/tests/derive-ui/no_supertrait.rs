use rejoin_core::{Causal, Decompose, Diff, DotSet, Watch, WatchStore};

#[derive(Clone, Default, Diff, Decompose, Watch)]
struct Lamp { // wrong
    on: Causal<DotSet>,
}

#[derive(Clone, Default, WatchStore)]
struct Dots { // wrong
    on: DotSet,
}

fn main() {}
