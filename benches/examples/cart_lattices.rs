//! The shopping cart of docs/comparison.md, in `lattices`.
//!
//! It has no counter, so the quantity of an item is a map from each writer to the most it has
//! counted; and a removed item stays removed.
//!
//! Concepts: `Max`, `Merge`, `MapUnion`, `MapUnionHashMap`, `MapUnionSingletonMap`,
//! `MapUnionWithTombstones`, `MapUnionHashMapWithTombstoneHashSet`, `SingletonMap`,
//! `SingletonSet`, `EmptyMap`, `EmptySet`, `new`, `merge`, `as_reveal_ref`, `into_reveal`

use std::collections::BTreeMap;

use lattices::collections::{EmptyMap, EmptySet, SingletonMap, SingletonSet};
use lattices::map_union::{MapUnion, MapUnionHashMap, MapUnionSingletonMap};
use lattices::map_union_with_tombstones::{
    MapUnionHashMapWithTombstoneHashSet, MapUnionWithTombstones,
};
use lattices::{Max, Merge};

type Quantity = MapUnionHashMap<&'static str, Max<i64>>;
type Cart = MapUnionHashMapWithTombstoneHashSet<&'static str, Quantity>;
type Share = MapUnionSingletonMap<&'static str, Max<i64>>;
type Addition = MapUnionWithTombstones<SingletonMap<&'static str, Share>, EmptySet<&'static str>>;
type Removal = MapUnionWithTombstones<EmptyMap<&'static str, Quantity>, SingletonSet<&'static str>>;

/// Adds to the quantity of an item as `writer`, and gives the delta.
fn add(cart: &mut Cart, writer: &'static str, item: &'static str, quantity: i64) -> Addition {
    let shares = cart.as_reveal_ref().0.get(item);
    let share = shares.and_then(|shares| shares.as_reveal_ref().get(writer));
    let before = share.map_or(0, |share| *share.as_reveal_ref());
    let share = MapUnion::new(SingletonMap(writer, Max::new(before + quantity)));
    let delta = Addition::new(SingletonMap(item, share), EmptySet::default());
    cart.merge(delta);
    delta
}

/// Removes an item for ever, and gives the delta.
fn remove(cart: &mut Cart, item: &'static str) -> Removal {
    let delta = Removal::new(EmptyMap::default(), SingletonSet(item));
    cart.merge(delta.clone());
    delta
}

/// The sum of the shares of each item.
fn read(cart: Cart) -> BTreeMap<String, i64> {
    let total = |shares: Quantity| {
        shares.into_reveal().into_values().map(|share| share.into_reveal()).sum()
    };
    cart.into_reveal().0.into_iter().map(|(item, shares)| (item.into(), total(shares))).collect()
}

pub(crate) fn cart() -> BTreeMap<String, i64> {
    let mut here = Cart::default();
    add(&mut here, "alice", "oat milk", 2);
    add(&mut here, "alice", "bread", 1);
    let mut there = here.clone();

    // Concurrently, one side removes what the other side adds to, and both add bread.
    let removal = remove(&mut here, "oat milk");
    let from_here = add(&mut here, "alice", "bread", 1);
    let from_there = [add(&mut there, "bob", "oat milk", 3), add(&mut there, "bob", "bread", 1)];

    // The deltas travel, and both sides have the same.
    from_there.into_iter().for_each(|delta| _ = here.merge(delta));
    there.merge(removal);
    there.merge(from_here);
    assert_eq!(here, there);
    read(here)
}

fn main() {
    println!("{:?}", cart());
}
