//! A value of every type, with what is special about its form in it: the golden files are these, and
//! the fuzzer starts from them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use rejoin_core::{
    Causal, CausalContext, Crdt, Decompose, Diff, Dot, DotFun, DotMap, DotSet, DotStore,
    DottedVersionVector, Edit, Hlc, HlcClock, Lamport, ReplicaId, VersionVector,
};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AwBag, AwSet, GSet, LwwElementSet, RwSet, TwoPhaseSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What all of them can do.
pub(crate) trait Value:
    Serialize + DeserializeOwned + PartialEq + Clone + Debug + 'static
{
}
impl<T: Serialize + DeserializeOwned + PartialEq + Clone + Debug + 'static> Value for T {}

/// Something to be done with each sample.
pub(crate) trait Visitor {
    fn value<T: Value>(&mut self, name: &str, value: T);

    /// The same, and what a lattice can do.
    fn crdt<T>(&mut self, name: &str, value: T)
    where
        T: Value + Crdt + Diff<Digest: Value> + Decompose,
    {
        self.value(name, value);
    }
}

pub(crate) const ALICE: ReplicaId = ReplicaId::from_u128(0xa11c_e000_0000_4000_8000_0000_0000_0001);
pub(crate) const BOB: ReplicaId = ReplicaId::from_u128(0xb0b0_0000_0000_4000_8000_0000_0000_0002);

/// A line of a cart.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Line {
    quantity: ResetCounter,
    gift: EwFlag,
}

/// The cart of the design.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Cart {
    lines: OrMap<String, Line>,
    coupons: AwSet<String>,
    note: MvRegister<String>,
}

/// The shop of the design.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Serialize, Deserialize)]
pub(crate) struct Shop {
    visits: GCounter,
    best_score: Max<u64>,
    cart: Causal<Cart>,
}

/// A document that contains itself.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Json {
    pub(crate) scalar: MvRegister<Scalar>,
    pub(crate) fields: OrMap<String, Json>,
}

/// An enum with each kind of variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Scalar {
    Null,
    Text(String),
    Pair(i8, bool),
    Point { x: i32, y: Option<u16> },
}

/// An enum with variants that are not written, before others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Local {
    #[serde(skip)]
    _Here,
    There,
    #[serde(skip)]
    _Nowhere,
    Elsewhere(u8),
}

/// A key that is no text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) row: u32,
    pub(crate) column: u32,
}

/// Every kind of serde's data model that the others do not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plain {
    unit: (),
    units: Vec<()>,
    numbers: (u8, i8, u16, i16, u32, i32, u64, i64, u128, i128),
    floats: (f32, f64),
    characters: (char, bool),
    nested: Vec<Vec<Option<String>>>,
}

/// Calls `visitor` with every sample.
pub(crate) fn all(visitor: &mut impl Visitor) {
    plain(visitor);
    clocks(visitor);
    counters(visitor);
    registers(visitor);
    sets(visitor);
    maps(visitor);
    stores(visitor);
    composed(visitor);
}

fn dot(replica: ReplicaId, seq: u64) -> Dot {
    Dot::new(replica, seq).expect("not 0")
}

fn stamp(millis: u64) -> Hlc {
    Hlc::new(millis, 1).expect("48 bits")
}

/// A value after edits of two replicas, at first apart.
fn edited<T: Edit + Crdt + Clone>(
    base: impl Fn(&mut T::Cursor<'_>),
    alice: impl Fn(&mut T::Cursor<'_>),
    bob: impl Fn(&mut T::Cursor<'_>),
) -> T {
    let mut here = T::default();
    here.edit(ALICE, |cursor| base(cursor));
    let mut there = here.clone();
    here.edit(ALICE, |cursor| alice(cursor));
    there.edit(BOB, |cursor| bob(cursor));
    here.merge(there);
    here
}

fn plain(visitor: &mut impl Visitor) {
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

fn clocks(visitor: &mut impl Visitor) {
    visitor.value("replica_id", ALICE);
    visitor.value("dot", dot(ALICE, 300));
    let past: VersionVector = [dot(ALICE, 2), dot(BOB, 70_000)].into_iter().collect();
    visitor.value("version_vector", past.clone());
    visitor.value("dotted_version_vector", DottedVersionVector::new(dot(BOB, 70_003), past));
    let mut context = CausalContext::new();
    context.insert_run(ALICE, 1..=3);
    context.insert_run(ALICE, 5..=9);
    context.insert_run(BOB, 4..=u64::MAX);
    visitor.value("causal_context", context);
    let mut lamport = Lamport::new();
    lamport.observe(9);
    visitor.value("lamport", lamport);
    visitor.value("hlc", stamp(1_700_000_000_000));
    visitor.value("hlc_clock", HlcClock::resume(stamp(5), Duration::from_millis(1_500)));
}

fn counters(visitor: &mut impl Visitor) {
    let count = |by| {
        move |counter: &mut <GCounter as Edit>::Cursor<'_>| {
            let _ = counter.increment(by);
        }
    };
    visitor.crdt("g_counter", edited::<GCounter>(count(1), count(2), count(300)));
    let pn = edited::<PnCounter>(
        |counter| {
            let _ = counter.increment(10);
        },
        |counter| {
            let _ = counter.decrement(3);
        },
        |counter| {
            let _ = counter.increment(1 << 40);
        },
    );
    visitor.crdt("pn_counter", pn);
    let bounded = edited::<BoundedCounter>(
        |counter| {
            let _ = counter.increment(10);
        },
        |counter| {
            counter.decrement(2).expect("there are 10");
            counter.transfer(BOB, 4).expect("there are 8");
        },
        |counter| {
            let _ = counter.increment(1);
        },
    );
    visitor.crdt("bounded_counter", bounded);
    let reset = edited::<Causal<ResetCounter>>(
        |counter| {
            counter.add(7);
        },
        |counter| {
            counter.reset();
            counter.add(-5);
        },
        |counter| {
            counter.add(200);
        },
    );
    visitor.crdt("reset_counter", reset);
}

fn registers(visitor: &mut impl Visitor) {
    visitor.crdt("max", Max::<u64>::from(31));
    visitor.crdt("max_of_option", Max::<Option<u8>>::from(None));
    visitor.crdt("min", Min::<String>::default());
    let mut lww = LwwRegister::<String>::default();
    lww.edit(BOB, |register| register.set(stamp(7), "milk"));
    visitor.crdt("lww_register", lww);
    let mv = edited::<Causal<MvRegister<String>>>(
        |register| register.set("old"),
        |register| register.set("tea"),
        |register| register.set("figs"),
    );
    visitor.crdt("mv_register", mv);
    let ew = edited::<Causal<EwFlag>>(
        |flag| flag.enable(),
        |flag| flag.enable(),
        |flag| {
            flag.disable();
        },
    );
    visitor.crdt("ew_flag", ew);
    let dw = edited::<Causal<DwFlag>>(
        |_| {},
        |flag| flag.enable(),
        |flag| {
            flag.enable();
            flag.disable();
        },
    );
    visitor.crdt("dw_flag", dw);
}

fn sets(visitor: &mut impl Visitor) {
    let grow = edited::<GSet<String>>(
        |set| set.extend(["user:1".to_owned(), "user:12".to_owned()]),
        |_| {},
        |set| set.extend(["user:2".to_owned()]),
    );
    visitor.crdt("g_set", grow);
    let two_phase = edited::<TwoPhaseSet<u32>>(
        |set| {
            set.insert(1_u32);
            set.insert(300_u32);
        },
        |set| {
            set.remove(&1);
        },
        |_| {},
    );
    visitor.crdt("two_phase_set", two_phase);
    let lww = edited::<LwwElementSet<Cell, u64>>(
        |set| {
            set.insert(1, Cell { row: 1, column: 2 });
        },
        |set| {
            set.insert(2, Cell { row: 1, column: 300 });
        },
        |set| {
            set.remove(3, Cell { row: 1, column: 2 });
        },
    );
    visitor.crdt("lww_element_set", lww);
    let numbers = edited::<Causal<AwSet<u64>>>(
        |set| set.extend([7, 1 << 60, 300]),
        |set| {
            set.remove(&7);
            set.insert(9_u64);
        },
        |set| {
            set.insert(300_u64);
            set.insert(9_u64);
        },
    );
    visitor.crdt("aw_set", numbers);
    let tuples = edited::<Causal<AwSet<(i16, String)>>>(
        |set| set.extend([(-1, "a".to_owned()), (3, String::new())]),
        |_| {},
        |_| {},
    );
    visitor.crdt("aw_set_of_tuples", tuples);
    let rw = edited::<Causal<RwSet<String>>>(
        |set| {
            set.insert("zoe");
        },
        |set| {
            set.insert("zed");
        },
        |set| {
            set.remove("zoe");
        },
    );
    visitor.crdt("rw_set", rw);
    let bag = edited::<Causal<AwBag<char>>>(
        |bag| {
            bag.insert('x');
            bag.insert('x');
        },
        |bag| {
            bag.insert('y');
        },
        |bag| {
            bag.insert('x');
            bag.insert('x');
        },
    );
    visitor.crdt("aw_bag", bag);
}

fn maps(visitor: &mut impl Visitor) {
    let grow = edited::<GMap<u16, GCounter>>(
        |_| {},
        |map| {
            let _ = map.entry(300_u16).increment(5);
        },
        |map| {
            let _ = map.entry(2_u16).increment(1);
        },
    );
    visitor.crdt("g_map", grow);
    let nested = edited::<GMap<Cell, Causal<AwSet<String>>>>(
        |_| {},
        |map| {
            map.entry(Cell { row: 0, column: 1 }).insert("a");
        },
        |map| {
            map.entry(Cell { row: 0, column: 1 }).insert("b");
        },
    );
    visitor.crdt("g_map_of_causal", nested);
    let lww = edited::<LwwMap<String, u8>>(
        |map| {
            map.insert(stamp(1), "a", 1_u8);
        },
        |map| {
            map.remove(stamp(2), "a");
        },
        |map| {
            map.insert(stamp(3), "b", 3_u8);
        },
    );
    visitor.crdt("lww_map", lww);
    let keyed = edited::<Causal<OrMap<String, MvRegister<u64>>>>(
        |map| {
            for number in 0..20 {
                map.entry(format!("key:{number}")).set(number * 1_000);
            }
        },
        |map| {
            map.remove("key:3");
            map.entry("key:5").set(1_u64);
        },
        |map| map.entry("key:5").set(2_u64),
    );
    visitor.crdt("or_map", keyed);
    let nested = edited::<Causal<OrMap<Cell, OrMap<u8, EwFlag>>>>(
        |map| map.entry(Cell { row: 2, column: 1 }).entry(7_u8).enable(),
        |map| map.entry(Cell { row: 1, column: 1 }).entry(7_u8).enable(),
        |map| {
            map.remove(&Cell { row: 2, column: 1 });
        },
    );
    visitor.crdt("or_map_of_or_map", nested);
    let dotted = edited::<Causal<OrMap<bool, Dotted<GCounter>>>>(
        |map| {
            map.entry(true).edit(|counter| {
                let _ = counter.increment(2);
            });
        },
        |_| {},
        |map| {
            map.entry(true).edit(|counter| {
                let _ = counter.increment(3);
            });
        },
    );
    visitor.crdt("dotted", dotted);
}

fn stores(visitor: &mut impl Visitor) {
    let set = edited::<Causal<DotSet>>(|set| set.write(), |set| set.write(), |set| set.write());
    visitor.crdt("dot_set", set);
    let fun = edited::<Causal<DotFun<u8>>>(|_| {}, |fun| fun.write(4), |_| {});
    visitor.crdt("dot_fun", fun);
    let mut map = Causal::<DotMap<u8, DotSet>>::default();
    map.edit(BOB, |map| map.entry(1).write());
    let removal = map.edit(BOB, |map| map.remove(&1));
    visitor.crdt("removal", removal); // what it removes is foretold
    let delta = map.edit(BOB, |map| map.entry(2).write());
    visitor.crdt("dot_map", map);
    visitor.crdt("delta", delta);
}

/// What arrives when the rest is lost: pieces that came early, and what tells what they replace. No
/// golden files pin them yet.
pub(crate) fn halves(visitor: &mut impl Visitor) {
    let mut here = Causal::<AwSet<String>>::default();
    here.edit(ALICE, |set| set.extend(["figs", "oat milk", "rye"].map(String::from)));
    let mut there = here.clone();
    there.edit(BOB, |set| {
        set.remove("figs");
        set.extend(["rye", "tea"].map(String::from));
    });
    visitor.value("digest", here.digest());
    let mut parts = Vec::new();
    there.decompose(&mut |part| parts.push(part));
    let rest = parts.pop().expect("what is gone");
    for part in parts {
        here.merge(part);
    }
    visitor.value("digest_of_halves", here.digest());
    visitor.crdt("early", here);
    visitor.crdt("awaited", rest);
}

fn composed(visitor: &mut impl Visitor) {
    let cart = edited::<Causal<Cart>>(
        |cart| {
            cart.lines().entry("oat milk").quantity().add(2);
            cart.coupons().insert("WELCOME");
        },
        |cart| cart.lines().entry("figs").gift().enable(),
        |cart| cart.note().set("ring twice"),
    );
    visitor.crdt("cart", cart);
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
