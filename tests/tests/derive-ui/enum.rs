use rejoin_core::{Crdt, DotStore};

#[derive(Default, Crdt)]
enum Light {
    #[default]
    Red,
    Green,
}

#[derive(Default, DotStore)]
enum Nothing {
    #[default]
    Nothing,
}

fn main() {}
