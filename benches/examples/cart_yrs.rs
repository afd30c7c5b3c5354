//! The shopping cart of docs/comparison.md, in `yrs`.
//!
//! It has no counter, so the quantity of an item is a map from each writer to its share.
//!
//! Concepts: `Doc`, `Map`, `MapPrelim`, `MapRef`, `Out`, `ReadTxn`, `StateVector`, `Transact`,
//! `TransactionMut`, `Update`, `Decode`, `new`, `get_or_insert_map`, `transact`, `transact_mut`,
//! `get`, `get_as`, `insert`, `remove`, `iter`, `state_vector`, `encode_diff_v1`, `decode_v1`,
//! `apply_update`, `cast`

use std::collections::BTreeMap;

use yrs::updates::decoder::Decode;
use yrs::{
    Doc, Map, MapPrelim, MapRef, Out, ReadTxn, StateVector, Transact, TransactionMut, Update,
};

/// Adds to the quantity of an item as `writer`.
fn add(cart: &MapRef, edit: &mut TransactionMut<'_>, writer: &str, item: &str, quantity: u32) {
    let shares = match cart.get(edit, item) {
        Some(Out::YMap(shares)) => shares,
        _ => cart.insert(edit, item, MapPrelim::default()),
    };
    let before: u32 = shares.get_as(edit, writer).unwrap_or(0);
    shares.insert(edit, writer, before + quantity);
}

/// The sum of the shares of each item.
fn read(doc: &Doc) -> BTreeMap<String, i64> {
    let (cart, view) = (doc.get_or_insert_map("cart"), doc.transact());
    let mut lines = BTreeMap::new();
    for (item, shares) in cart.iter(&view) {
        let Out::YMap(shares) = shares else { continue };
        let shares = shares.iter(&view).filter_map(|(_, share)| share.cast::<i64>().ok());
        lines.insert(item.to_owned(), shares.sum());
    }
    lines
}

fn since(doc: &Doc, vector: &StateVector) -> Vec<u8> {
    doc.transact().encode_diff_v1(vector)
}

fn apply(doc: &Doc, update: &[u8]) {
    let update = Update::decode_v1(update).expect("encoded by itself");
    doc.transact_mut().apply_update(update).expect("nothing is missing");
}

pub(crate) fn cart() -> BTreeMap<String, i64> {
    let (here, there) = (Doc::new(), Doc::new());
    let (ours, theirs) = (here.get_or_insert_map("cart"), there.get_or_insert_map("cart"));
    {
        let mut edit = here.transact_mut();
        add(&ours, &mut edit, "alice", "oat milk", 2);
        add(&ours, &mut edit, "alice", "bread", 1);
    }
    apply(&there, &since(&here, &StateVector::default()));
    let start = there.transact().state_vector();

    // Concurrently, one side removes what the other side adds to, and both add bread.
    {
        let mut edit = here.transact_mut();
        ours.remove(&mut edit, "oat milk");
        add(&ours, &mut edit, "alice", "bread", 1);
        let mut edit = there.transact_mut();
        add(&theirs, &mut edit, "bob", "oat milk", 3);
        add(&theirs, &mut edit, "bob", "bread", 1);
    }

    // The updates since the start travel, and both sides have the same.
    let (removal, update) = (since(&here, &start), since(&there, &start));
    apply(&here, &update);
    apply(&there, &removal);
    assert_eq!(read(&here), read(&there));
    read(&here)
}

fn main() {
    println!("{:?}", cart());
}
