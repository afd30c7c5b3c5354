//! The shopping cart of docs/comparison.md, in `automerge`.
//!
//! Concepts: `AutoCommit`, `AutomergeError`, `ROOT`, `ReadDoc`, `ScalarValue`, `Transactable`,
//! `counter`, `new`, `put`, `increment`, `delete`, `fork`, `get_heads`, `save_after`,
//! `load_incremental`, `keys`, `get`, `as_i64`

use std::collections::BTreeMap;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, AutomergeError, ROOT, ReadDoc, ScalarValue};

fn read(cart: &AutoCommit) -> BTreeMap<String, i64> {
    let quantity = |item: &str| cart.get(ROOT, item).ok()??.0.as_i64();
    cart.keys(ROOT).filter_map(|item| Some((item.clone(), quantity(&item)?))).collect()
}

fn edited() -> Result<BTreeMap<String, i64>, AutomergeError> {
    let mut here = AutoCommit::new();
    here.put(ROOT, "oat milk", ScalarValue::counter(2))?;
    here.put(ROOT, "bread", ScalarValue::counter(1))?;
    let mut there = here.fork();
    let start = here.get_heads();

    // Concurrently, one side removes what the other side adds to, and both add bread.
    here.delete(ROOT, "oat milk")?;
    here.increment(ROOT, "bread", 1)?;
    there.increment(ROOT, "oat milk", 3)?;
    there.increment(ROOT, "bread", 1)?;

    // The changes since the start travel, and both sides have the same.
    let (removal, update) = (here.save_after(&start), there.save_after(&start));
    here.load_incremental(&update)?;
    there.load_incremental(&removal)?;
    assert_eq!(read(&here), read(&there));
    Ok(read(&here))
}

pub(crate) fn cart() -> BTreeMap<String, i64> {
    edited().expect("the keys hold counters")
}

fn main() {
    println!("{:?}", cart());
}
