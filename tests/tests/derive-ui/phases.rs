use rejoin_core::Crdt;

#[derive(Crdt)]
#[crdt(ordered)]
enum WithFields<const N: usize> {
    Draft { notes: [u8; N] },
    Submitted(String),
    #[crdt(skip)]
    Approved,
}

#[derive(Default, Crdt)]
#[crdt(ordered)]
enum FromTheMiddle {
    Draft,
    #[default]
    Submitted,
}

#[derive(Crdt)]
#[crdt(ordered)]
enum Empty {}

#[derive(Crdt)]
#[crdt(ordered = true, bound = "", change = "News")]
enum Misplaced {
    Draft,
}

#[derive(Default, Crdt)]
#[crdt(ordered)]
struct NoEnum {}

fn main() {}
