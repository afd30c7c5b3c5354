use rejoin_core::{Causal, Crdt, Decompose, DotSet, DotStore, WatchStore};
use rejoin_maps::OrMap;

#[derive(Default, DotStore, WatchStore)]
struct Line {
    gift: DotSet,
}

#[derive(Default, DotStore, WatchStore)]
struct Cart {
    lines: OrMap<String, Line>, // wrong
}

#[derive(Default, Crdt, Decompose)]
struct Shop {
    open: Causal<DotSet>,
}

fn main() {
    let shop = Shop::default();
    shop.difference(&Shop::default()); // wrong
}
