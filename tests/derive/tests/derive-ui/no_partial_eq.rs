use rejoin_core::laws::{self, AnyEdit};
use rejoin_core::{Causal, Crdt, Decompose, Diff, DotSet};

#[derive(Clone, Debug, Default, Crdt, Diff, Decompose, AnyEdit)]
struct Shop {
    open: Causal<DotSet>,
}

fn main() {
    laws::check::<Shop>(|shop, g| shop.any_edit(g)); // wrong
}
