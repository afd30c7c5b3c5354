//! The shopping cart of docs/comparison.md, in Rejoin.
//!
//! Concepts: `Causal`, `Crdt`, `Edit`, `OrMap`, `ReplicaId`, `ResetCounter`, `random`, `edit`,
//! `entry`, `add`, `remove`, `merge`, `iter`, `value`

use std::collections::BTreeMap;

use rejoin_counters::ResetCounter;
use rejoin_maps::{Causal, Crdt, Edit, OrMap, ReplicaId};

pub(crate) fn cart() -> BTreeMap<String, i64> {
    let (alice, bob) = (ReplicaId::random(), ReplicaId::random());
    let mut here = Causal::<OrMap<String, ResetCounter>>::default();
    here.edit(alice, |cart| {
        cart.entry("oat milk").add(2);
        cart.entry("bread").add(1);
    });
    let mut there = here.clone();

    // Concurrently, one side removes what the other side adds to, and both add bread.
    let removal = here.edit(alice, |cart| {
        cart.remove("oat milk");
        cart.entry("bread").add(1);
    });
    let update = there.edit(bob, |cart| {
        cart.entry("oat milk").add(3);
        cart.entry("bread").add(1);
    });

    // The deltas travel, and both sides have the same.
    here.merge(update);
    there.merge(removal);
    assert_eq!(here, there);
    here.iter().map(|(item, quantity)| (item.clone(), quantity.value() as i64)).collect()
}

fn main() {
    println!("{:?}", cart());
}
