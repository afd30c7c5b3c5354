use rejoin_core::Decompose;

#[derive(Decompose)]
union Bits { // wrong
    float: f32,
    int: u32,
}

fn main() {}
