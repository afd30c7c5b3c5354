//! The shopping cart of docs/comparison.md, in `loro`.
//!
//! Concepts: `LoroDoc`, `ExportMode`, `LoroResult`, `VersionVector`, `new`, `get_map`,
//! `ensure_mergeable_counter`, `increment`, `delete`, `commit`, `fork`, `oplog_vv`, `export`,
//! `updates`, `import`, `get_deep_value`, `into_map`, `into_double`

use std::collections::BTreeMap;

use loro::{ExportMode, LoroDoc, LoroResult, VersionVector};

/// Adds to the quantity of an item.
fn add(cart: &LoroDoc, item: &str, quantity: f64) -> LoroResult<()> {
    cart.get_map("cart").ensure_mergeable_counter(item)?.increment(quantity)
}

fn since(cart: &LoroDoc, version: &VersionVector) -> Vec<u8> {
    cart.export(ExportMode::updates(version)).expect("the history is complete")
}

fn read(cart: &LoroDoc) -> BTreeMap<String, i64> {
    let lines = cart.get_map("cart").get_deep_value().into_map().expect("a map");
    let quantity = |line: &loro::LoroValue| line.clone().into_double().ok();
    lines.iter().filter_map(|(item, line)| Some((item.clone(), quantity(line)? as i64))).collect()
}

fn edited() -> LoroResult<BTreeMap<String, i64>> {
    let here = LoroDoc::new();
    add(&here, "oat milk", 2.0)?;
    add(&here, "bread", 1.0)?;
    let there = here.fork();
    let start = here.oplog_vv();

    // Concurrently, one side removes what the other side adds to, and both add bread.
    here.get_map("cart").delete("oat milk")?;
    add(&here, "bread", 1.0)?;
    here.commit();
    add(&there, "oat milk", 3.0)?;
    add(&there, "bread", 1.0)?;
    there.commit();

    // The updates since the start travel, and both sides have the same.
    let (removal, update) = (since(&here, &start), since(&there, &start));
    here.import(&update)?;
    there.import(&removal)?;
    assert_eq!(read(&here), read(&there));
    Ok(read(&here))
}

pub(crate) fn cart() -> BTreeMap<String, i64> {
    edited().expect("the keys hold counters")
}

fn main() {
    println!("{:?}", cart());
}
