use rejoin_core::DotStore;

#[derive(Default, DotStore)]
struct Note<'a> {
    text: rejoin_core::DotFun<&'a str>,
}

fn main() {}
