use rejoin_core::ReplicaId;
use rejoin_sets::AwSet;
use rejoin_durable::{Config, Durable, Memory};

fn main() {
    let disk = Memory::new(ReplicaId::random());
    let _ = Durable::<AwSet<String>, _>::open(disk, Config::default()); // wrong
}
