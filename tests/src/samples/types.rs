use rejoin_core::{Causal, Edit};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};

use super::documents::Cell;
use super::{BOB, Named, Visitor, edited, stamp};
use crate::{for_each_type, subject};

pub(super) fn counters(visitor: &mut impl Visitor) {
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
            counter.transfer(BOB.node(), 4).expect("there are 8");
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

pub(super) fn registers(visitor: &mut impl Visitor) {
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

pub(super) fn sets(visitor: &mut impl Visitor) {
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

pub(super) fn maps(visitor: &mut impl Visitor) {
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
    let dotted = edited::<Causal<OrMap<bool, Dotted<GSet<u8>>>>>(
        |map| {
            map.entry(true).edit(|set| set.insert(2));
        },
        |_| {},
        |map| {
            map.entry(true).edit(|set| set.insert(3));
        },
    );
    visitor.crdt("dotted", dotted);
}

type K = u8;
type V = u8;
type T = u8;

/// What the catalogue has besides.
pub(super) fn others(visitor: &mut Named<'_, impl Visitor>) {
    macro_rules! visit {
        ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {
            $(visitor.world::<subject!($kind $type)>(stringify!($name));)*
        };
    }
    for_each_type!(visit);
}
