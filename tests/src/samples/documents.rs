use std::collections::BTreeMap;

use rejoin_core::{Causal, Crdt, Decompose, Diff, DotStore, Unknown, Upgradable};
use rejoin_counters::{GCounter, ResetCounter};
use rejoin_maps::OrMap;
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

use super::{Visitor, edited};

/// A line of a cart.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub struct Line {
    quantity: ResetCounter,
    gift: EwFlag,
}

/// The cart of the design.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub struct Cart {
    lines: OrMap<String, Line>,
    coupons: AwSet<String>,
    note: MvRegister<String>,
}

/// The shop of the design.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Serialize, Deserialize)]
pub struct Shop {
    visits: GCounter,
    best_score: Max<u64>,
    cart: Causal<Cart>,
}

/// A cart whose versions may differ.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
pub struct Order {
    lines: OrMap<String, OrderLine>,
    note: MvRegister<Scalar>,
    #[crdt(unknown)]
    unknown: Unknown,
}

/// A line of it.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
pub struct OrderLine {
    quantity: ResetCounter,
    gift: EwFlag,
    #[crdt(rename = "parts")]
    bundle: OrMap<Cell, OrderLine>,
    #[crdt(unknown)]
    unknown: Unknown,
}

/// A document that contains itself.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub struct Json {
    /// What it is itself.
    pub scalar: MvRegister<Scalar>,
    /// What is in it.
    pub fields: OrMap<String, Json>,
}

/// An enum with each kind of variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// A text.
    Text(String),
    /// Two things.
    Pair(i8, bool),
    /// Two named things.
    Point {
        /// One.
        x: i32,
        /// And perhaps another.
        y: Option<u16>,
    },
}

/// An enum with variants that are not written, before others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Local {
    #[serde(skip)]
    _Here,
    There,
    #[serde(skip)]
    _Nowhere,
    Elsewhere(u8),
}

/// A key that is no text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// Down.
    pub row: u32,
    /// Across.
    pub column: u32,
}

/// Every kind of serde's data model that the others do not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plain {
    unit: (),
    units: Vec<()>,
    numbers: (u8, i8, u16, i16, u32, i32, u64, i64, u128, i128),
    floats: (f32, f64),
    characters: (char, bool),
    nested: Vec<Vec<Option<String>>>,
}

pub(super) fn plain(visitor: &mut impl Visitor) {
    let value = Plain {
        unit: (),
        units: vec![(), ()],
        numbers: (255, -128, 65_535, -300, 1 << 31, -1, u64::MAX, i64::MIN, u128::MAX, i128::MIN),
        floats: (0.5, -1e300),
        characters: ('é', true),
        nested: vec![vec![], vec![Some("a".into()), None]],
    };
    visitor.value("plain", value);
    let keys = ["key:1", "key:12", "kez"].map(|key| (key.to_owned(), ()));
    visitor.value("std_map", BTreeMap::from(keys));
    visitor.value("variants", vec![Local::Elsewhere(7), Local::There, Local::Elsewhere(8)]);
}

pub(super) fn composed(visitor: &mut impl Visitor) {
    let cart = edited::<Causal<Cart>>(
        |cart| {
            cart.lines().entry("oat milk").quantity().add(2);
            cart.coupons().insert("WELCOME");
        },
        |cart| cart.lines().entry("figs").gift().enable(),
        |cart| cart.note().set("ring twice"),
    );
    visitor.crdt("cart", cart);
    let order = edited::<Causal<Order>>(
        |order| {
            order.lines().entry("oat milk").quantity().add(2);
            order.note().set(Scalar::Pair(-3, true));
        },
        |order| {
            let cell = Cell { row: 1, column: 2 };
            order.lines().entry("figs").bundle().entry(cell).gift().enable();
        },
        |order| order.note().set(Scalar::Text("ring twice".into())),
    );
    visitor.crdt("order", order);
    let shop = edited::<Shop>(
        |shop| {
            let _ = shop.visits().increment(1);
            shop.best_score().set(9_u64);
        },
        |shop| {
            shop.cart().lines().entry("oat milk").quantity().add(2);
        },
        |shop| {
            let _ = shop.visits().increment(1);
            shop.cart().lines().entry("oat milk").quantity().add(1);
        },
    );
    visitor.crdt("shop", shop);
    let json = edited::<Causal<Json>>(
        |json| {
            json.scalar().set(Scalar::Null);
            json.fields().entry("a").fields().entry("b").scalar().set(Scalar::Pair(-3, true));
        },
        |json| json.fields().entry("a").scalar().set(Scalar::Text("x".into())),
        |json| {
            let point = Scalar::Point { x: -70_000, y: Some(3) };
            json.fields().entry("a").scalar().set(point);
        },
    );
    visitor.crdt("json", json);
}
