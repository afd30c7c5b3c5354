use rejoin_core::{Crdt, Diff, DotStore, WatchStore};

#[derive(Default, Crdt, Diff)]
enum Light {
    #[default]
    Red,
    Green,
}

#[derive(Crdt)]
enum Shape {
    Circle { radius: u32 },
    Square(u32),
}

#[derive(Default, DotStore)]
enum Nothing {
    #[default]
    Nothing,
}

#[derive(WatchStore)]
#[crdt(ordered)]
enum Phase {
    Draft,
    Approved,
}

fn main() {}
