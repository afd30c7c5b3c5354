use rejoin_core::NodeId;
use rejoin_sets::AwSet;
use rejoin_durable::{Config, Durable, Memory};

fn main() {
    let disk = Memory::new(NodeId::random());
    let _ = Durable::<AwSet<String>, _>::open(disk, Config::default()); // wrong
}
