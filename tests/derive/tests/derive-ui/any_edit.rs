use rejoin_core::laws::AnyEdit;
use rejoin_core::{Causal, Crdt, DotFun};

#[derive(Clone, Default, Crdt, AnyEdit)]
struct Pair<T: Clone>(Causal<DotFun<T>>); // wrong

#[derive(Clone, Default)]
struct Text(String);

#[derive(Clone, Default, Crdt, AnyEdit)] // wrong
struct Note {
    text: Causal<DotFun<Text>>,
}

fn main() {}
