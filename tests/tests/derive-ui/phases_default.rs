use rejoin_core::Crdt;

#[derive(Crdt)] // wrong
#[crdt(ordered)]
enum Phase {
    Draft,
    Approved,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Approved
    }
}

fn main() {}
