//! The shopping cart of docs/comparison.md, in `dson`.
//!
//! It has no counter, so the quantity of an item is a map from each writer to its share.
//!
//! Concepts: `CausalDotStore`, `Identifier`, `OrMap`, `MapTransaction`, `MvRegValue`, `ToValue`,
//! `CrdtValue`, `new`, `transact`, `in_map`, `get`, `reg`, `map`, `value`, `write_register`,
//! `remove`, `commit`, `Delta`, `join_or_replace_with`, `store`, `context`, `inner`, `iter`

use std::collections::BTreeMap;

use dson::crdts::mvreg::MvRegValue;
use dson::crdts::snapshot::ToValue;
use dson::transaction::{CrdtValue, Delta, MapTransaction};
use dson::{CausalDotStore, Identifier, OrMap};

type Cart = CausalDotStore<OrMap<String>>;

/// Adds to the quantity of an item as `writer`.
fn add(cart: &mut MapTransaction<'_, String>, writer: &str, item: &str, quantity: u64) {
    cart.in_map(item, |shares| {
        let share = match shares.get(&writer.to_owned()) {
            Some(CrdtValue::Register(register)) => register.value().ok(),
            _ => None,
        };
        let before = if let Some(MvRegValue::U64(before)) = share { *before } else { 0 };
        shares.write_register(writer, MvRegValue::U64(before + quantity));
    });
}

/// The sum of the shares of each item.
fn read(cart: &Cart) -> BTreeMap<String, i64> {
    let mut lines = BTreeMap::new();
    for (item, shares) in cart.store.inner().iter() {
        for (_, share) in shares.map.inner().iter() {
            if let Ok(MvRegValue::U64(share)) = share.reg.value() {
                *lines.entry(item.clone()).or_default() += *share as i64;
            }
        }
    }
    lines
}

pub(crate) fn cart() -> BTreeMap<String, i64> {
    let (alice, bob) = (Identifier::new(0, 0), Identifier::new(1, 0));
    let mut here = Cart::default();
    let mut edit = here.transact(alice);
    add(&mut edit, "alice", "oat milk", 2);
    add(&mut edit, "alice", "bread", 1);
    let Delta(start) = edit.commit();
    let mut there = Cart::default();
    there.join_or_replace_with(start.store, &start.context);

    // Concurrently, one side removes what the other side adds to, and both add bread.
    let mut edit = here.transact(alice);
    edit.remove("oat milk");
    add(&mut edit, "alice", "bread", 1);
    let Delta(removal) = edit.commit();
    let mut edit = there.transact(bob);
    add(&mut edit, "bob", "oat milk", 3);
    add(&mut edit, "bob", "bread", 1);
    let Delta(update) = edit.commit();

    // The deltas travel, and both sides have the same.
    here.join_or_replace_with(update.store, &update.context);
    there.join_or_replace_with(removal.store, &removal.context);
    assert_eq!(here, there);
    read(&here)
}

fn main() {
    println!("{:?}", cart());
}
