use rejoin_core::Crdt;

#[derive(Clone, Crdt)] // wrong
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
