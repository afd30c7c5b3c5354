use rejoin_core::{Causal, Crdt, DotStore, Edit, ReplicaId};
use rejoin_counters::{BoundedCounter, GCounter};
use rejoin_maps::{Dotted, GMap, OrMap};
use rejoin_sets::AwSet;

#[derive(Clone, Default, DotStore)]
struct Page {
    visits: Dotted<GCounter>, // wrong
    tags: OrMap<String, Dotted<Causal<AwSet<String>>>>, // wrong
}

#[derive(Clone, Default, Crdt)]
struct Site {
    budget: Causal<OrMap<String, Dotted<BoundedCounter>>>, // wrong
    hits: Causal<Dotted<GMap<u8, GCounter>>>, // wrong
    of_nothing_removed: GMap<u8, BoundedCounter>,
}

fn main() {
    let mut site = Site::default();
    site.edit(ReplicaId::random(), |site| site.of_nothing_removed().entry(1_u8).increment(1));
    let _ = Causal::<Page>::default();
}
