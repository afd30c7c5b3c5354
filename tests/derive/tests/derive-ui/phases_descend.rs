use rejoin_core::Crdt;

#[derive(Clone, Crdt)]
#[crdt(ordered)]
enum Level {
    High = 2,
    Low = 1, // wrong
    Middle = 3,
}

fn main() {}
