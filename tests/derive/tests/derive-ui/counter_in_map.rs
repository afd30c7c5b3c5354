use rejoin_core::{Causal, Crdt, Decompose, Diff, DotStore, Edit, ReplicaId, WatchStore};
use rejoin_counters::GCounter;
use rejoin_maps::OrMap;

#[derive(Clone, Default, DotStore, WatchStore)]
struct Page {
    visits: OrMap<String, GCounter>, // wrong
}

#[derive(Clone, Default, Crdt, Diff, Decompose)]
struct Site {
    visits: Causal<OrMap<String, GCounter>>, // wrong
    start: Causal<Page>,
}

fn main() {
    let alice = ReplicaId::random();
    let mut site = Site::default();
    site.edit(alice, |site| site.visits().entry("tea").increment(1));
    site.edit(alice, |site| site.start().visits().entry("tea").increment(1));
    site.diff(&Site::default().digest());
}
