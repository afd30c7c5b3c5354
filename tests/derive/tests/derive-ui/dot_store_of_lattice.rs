use rejoin_core::{Causal, Crdt, DotSet, DotStore, Edit, ReplicaId, Watch, WatchStore};

#[derive(Clone, Default, DotStore, WatchStore)]
struct Lamp {
    on: Causal<DotSet>, // wrong
}

fn main() {
    let mut here = Causal::<Lamp>::default();
    let delta = here.edit(ReplicaId::random(), |lamp| lamp.on().write());
    here.merge_watched(delta.clone(), &mut |LampChange::On(change)| drop(change));
    here.merge(delta);
}
