use rejoin_core::{DotSet, DotStore, WatchStore};
use rejoin_maps::OrMap;

#[derive(Default, DotStore, WatchStore)]
struct Line {
    gift: DotSet,
}

#[derive(Clone, Default, DotStore, WatchStore)]
struct Cart {
    lines: OrMap<String, Line>, // wrong
}

fn main() {}
