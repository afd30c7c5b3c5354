//! The shopping cart of docs/comparison.md, in `crdts`.
//!
//! Concepts: `CmRDT`, `CvRDT`, `Map`, `PNCounter`, `new`, `read_ctx`, `derive_add_ctx`, `update`,
//! `inc_many`, `apply`, `get`, `derive_rm_ctx`, `rm`, `merge`, `iter`, `val`, `read`

use std::collections::BTreeMap;

use crdts::{CmRDT, CvRDT, Map, PNCounter};

type Cart = Map<String, PNCounter<u8>, u8>;

/// Adds to the quantity of an item as `writer`.
fn add(cart: &mut Cart, writer: u8, item: &str, quantity: u64) {
    let context = cart.read_ctx().derive_add_ctx(writer);
    let op = cart.update(item, context, |counter, _| counter.inc_many(writer, quantity));
    cart.apply(op);
}

/// Removes what was seen of an item.
fn remove(cart: &mut Cart, item: &str) {
    let op = cart.rm(item, cart.get(&item.to_owned()).derive_rm_ctx());
    cart.apply(op);
}

pub(crate) fn cart() -> BTreeMap<String, i64> {
    let (alice, bob) = (1, 2);
    let mut here = Cart::new();
    add(&mut here, alice, "oat milk", 2);
    add(&mut here, alice, "bread", 1);
    let mut there = here.clone();

    // Concurrently, one side removes what the other side adds to, and both add bread.
    remove(&mut here, "oat milk");
    add(&mut here, alice, "bread", 1);
    add(&mut there, bob, "oat milk", 3);
    add(&mut there, bob, "bread", 1);

    // The states travel, and both sides have the same.
    let state = here.clone();
    here.merge(there.clone());
    there.merge(state);
    assert_eq!(here, there);
    let lines = here.iter().map(|line| line.val);
    lines.map(|(item, count)| (item.clone(), i64::try_from(count.read()).unwrap_or(0))).collect()
}

fn main() {
    println!("{:?}", cart());
}
