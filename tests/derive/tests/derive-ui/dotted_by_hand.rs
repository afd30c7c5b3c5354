use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
use rejoin_maps::{Dotted, OrMap};
use rejoin_sets::AwSet;

fn main() {
    let mut tags = Causal::<OrMap<u8, Dotted<Causal<AwSet<u8>>>>>::default();
    tags.edit(ReplicaId::random(), |tags| tags.remove(&1)); // wrong
    tags.merge(Causal::default()); // wrong
}
