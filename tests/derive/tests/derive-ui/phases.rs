use rejoin_core::Crdt;

#[derive(Clone, Crdt)]
#[crdt(ordered)]
enum WithFields<const N: usize> { // wrong
    Draft { notes: [u8; N] }, // wrong
    Submitted(String), // wrong
    #[crdt(skip)] // wrong
    Approved,
}

#[derive(Clone, Default, Crdt)]
#[crdt(ordered)]
enum FromTheMiddle {
    Draft,
    #[default] // wrong
    Submitted,
}

#[derive(Clone, Crdt)]
#[crdt(ordered)]
enum Empty {} // wrong

#[derive(Clone, Crdt)]
#[crdt(ordered = true, bound = "", change = "News")] // wrong
enum Misplaced {
    Draft,
}

#[derive(Clone, Default, Crdt)]
#[crdt(ordered)] // wrong
struct NoEnum {}

fn main() {}
