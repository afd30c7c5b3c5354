use rejoin_core::{Causal, Crdt, Decompose, Diff, ReplicaId};
use rejoin_sets::AwSet;
use rejoin_durable::{Config, Durable, Memory};
use serde::{Deserialize, Serialize};

#[derive(Default, Crdt, Diff, Decompose, Serialize, Deserialize)]
struct Shop {
    tags: Causal<AwSet<String>>,
}

fn main() {
    let disk = Memory::new(ReplicaId::random());
    let _ = Durable::<Shop, _>::open(disk, Config::default()); // wrong
}
