use rejoin_core::{Crdt, Decompose, Diff, DotStore, WatchStore};

#[derive(Clone, Default, Crdt, Diff, Decompose)]
enum Light { // wrong
    #[default]
    Red,
    Green,
}

#[derive(Clone, Crdt)]
enum Shape { // wrong
    Circle { radius: u32 },
    Square(u32),
}

#[derive(Clone, Default, DotStore)]
enum Nothing { // wrong
    #[default]
    Nothing,
}

#[derive(WatchStore)]
#[crdt(ordered)]
enum Phase { // wrong
    Draft,
    Approved,
}

fn main() {}
