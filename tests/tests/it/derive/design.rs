//! The example that the project was designed to, word for word.

use rejoin_core::{Causal, Crdt, DotStore, Edit, ReplicaId};
use rejoin_counters::{GCounter, ResetCounter};
use rejoin_maps::OrMap;
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Line {
    quantity: ResetCounter,
    gift: EwFlag,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Cart {
    lines: OrMap<String, Line>,
    coupons: AwSet<String>,
    note: MvRegister<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Serialize, Deserialize)]
struct Shop {
    visits: GCounter,
    best_score: Max<u64>,
    cart: Causal<Cart>,
}

#[test]
fn using_it_feels_like_this() {
    let (mut shop, mut other) = (Shop::default(), Shop::default());

    let alice = ReplicaId::random();
    let delta = shop.edit(alice, |shop| {
        shop.visits().increment(1);
        shop.cart().lines().entry("oat milk").quantity().add(2);
        shop.cart().coupons().insert("WELCOME");
    });
    other.merge(delta);
    assert_eq!(shop.cart.lines.get("oat milk").unwrap().quantity.value(), 2);

    assert_eq!(other, shop);
    let json = serde_json::to_string(&shop).expect("maps with keys that are strings");
    assert_eq!(serde_json::from_str::<Shop>(&json).expect("what was written"), shop);

    // The other fields, of which the example only declares.
    other.merge(shop.edit(alice, |shop| {
        shop.best_score().set(31);
        shop.cart().note().set("ring twice");
        shop.cart().lines().entry("oat milk").gift().enable();
        shop.cart().lines().remove("oat milk");
    }));
    assert_eq!(other, shop);
    assert_eq!(other.best_score.get(), Some(&31));
    assert!(other.cart.lines.is_empty());
}
