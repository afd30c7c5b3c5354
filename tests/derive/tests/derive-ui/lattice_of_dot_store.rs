use rejoin_core::{Crdt, Decompose, Diff, DotSet, Edit, ReplicaId, Watch};

#[derive(Clone, Default, Crdt, Diff, Decompose, Watch)]
struct Lamp {
    on: DotSet, // wrong
}

fn main() {
    let (mut here, there) = (Lamp::default(), Lamp::default());
    let delta = here.edit(ReplicaId::random(), |lamp| {
        let mut on = lamp.on();
        on.write();
    });
    here.merge_watched(delta, &mut |LampChange::On(change)| drop(change));
    here.merge(there.diff(&here.digest()).unwrap_or_default());
    here.difference(&there);
}
