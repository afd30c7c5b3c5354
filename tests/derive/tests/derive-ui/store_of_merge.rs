use rejoin_core::{Crdt, NodeId};
use rejoin_durable::{Config, Durable, Memory};
use serde::{Deserialize, Serialize};

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
struct Hottest(i32);

impl Crdt for Hottest {
    fn merge(&mut self, other: Self) -> bool {
        let hotter = other.0 > self.0;
        self.0 = self.0.max(other.0);
        hotter
    }
}

fn main() {
    let disk = Memory::new(NodeId::random());
    let _ = Durable::<Hottest, _>::open(disk, Config::default()); // wrong
}
