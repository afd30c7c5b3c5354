//! A small world of each type: which operations three replicas do in every order.

use rejoin_core::Causal;
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};

use crate::exhaustive::{ANY_ORDER, ASCENDING};
use crate::oracle::Subject;
use crate::spec::Either::{A, B};
use crate::spec::{
    BagOp, BoundedOp, CounterOp, Direction, Document, DottedOp, FinalOp, Json, JsonOp, MapOp,
    RegisterOp, RwOp, Scalar, SetOp, StampedOp,
};

/// A type with a small world, which [`explore`](crate::exhaustive::explore) visits as a whole.
pub trait Small: Subject {
    /// The orders of the ids: all, where the type prefers one replica to another.
    const ORDERS: &'static [[usize; 3]];

    /// How many executions of up to 4 operations there were when this was written, so that the
    /// search cannot become empty unnoticed.
    const EXECUTIONS: u64;

    /// The operations, each with how many names of keys or elements it takes for given.
    fn alphabet() -> Vec<(Self::Op, usize)>;
}

macro_rules! small {
    ($(
        $type:ty, $orders:ident, $executions:literal,
        [$(($op:expr, $names:literal)),* $(,)?];
    )*) => {$(
        impl Small for $type {
            const ORDERS: &'static [[usize; 3]] = &$orders;
            const EXECUTIONS: u64 = $executions;

            fn alphabet() -> Vec<(Self::Op, usize)> {
                vec![$(($op, $names)),*]
            }
        }
    )*};
}

fn up(by: u8) -> CounterOp {
    CounterOp { direction: Direction::Up, by }
}

fn down(by: u8) -> CounterOp {
    CounterOp { direction: Direction::Down, by }
}

fn stamped<V>(time: u8, key: u8, value: V) -> StampedOp<V> {
    StampedOp { time, key, value }
}

/// An operation under a key.
fn under<Op>(key: u8, op: Op) -> MapOp<Op> {
    MapOp::At(key, vec![op])
}

fn set(path: &[&str], number: i64) -> JsonOp {
    JsonOp::Set(names(path), Scalar::Number(number))
}

fn names(path: &[&str]) -> Vec<String> {
    path.iter().map(|name| (*name).to_owned()).collect()
}

small! {
    GCounter, ASCENDING, 2_102, [(up(1), 0), (up(2), 0)];
    PnCounter, ASCENDING, 11_643, [(up(1), 0), (up(2), 0), (down(1), 0)];
    BoundedCounter, ANY_ORDER, 7_744, [
        (BoundedOp::Up(2), 0), (BoundedOp::Down(1), 0), (BoundedOp::Down(2), 0),
        (BoundedOp::Give(0, 1), 0), (BoundedOp::Give(1, 1), 0),
    ];
    Max<u8>, ASCENDING, 658, [(1, 0), (2, 0), (3, 0)];
    Min<u8>, ASCENDING, 658, [(1, 0), (2, 0), (3, 0)];
    LwwRegister<u8, u8>, ANY_ORDER, 24_342, [
        ((0, 0), 0), ((0, 1), 0), ((1, 0), 0), ((1, 1), 0),
    ];
    GSet<u8>, ASCENDING, 454, [(0, 1), (1, 2), (2, 3)];
    TwoPhaseSet<u8>, ASCENDING, 1_970, [
        (FinalOp::Insert(0), 1), (FinalOp::Insert(1), 2), (FinalOp::Remove(0), 1),
        (FinalOp::Remove(1), 2), (FinalOp::Clear, 0),
    ];
    LwwElementSet<u8, u8, AddBias>, ANY_ORDER, 134_540, [
        (stamped(0, 0, true), 0), (stamped(0, 0, false), 0), (stamped(1, 0, true), 0),
        (stamped(1, 0, false), 0), (stamped(0, 1, true), 0),
    ];
    LwwElementSet<u8, u8, RemoveBias>, ANY_ORDER, 134_540, [
        (stamped(0, 0, true), 0), (stamped(0, 0, false), 0), (stamped(1, 0, true), 0),
        (stamped(1, 0, false), 0), (stamped(0, 1, true), 0),
    ];
    LwwMap<u8, u8, u8>, ANY_ORDER, 132_047, [
        (stamped(0, 0, Some(0)), 0), (stamped(0, 0, Some(1)), 0), (stamped(0, 0, None), 0),
        (stamped(1, 0, None), 0), (stamped(0, 1, Some(0)), 0),
    ];
    Causal<ResetCounter>, ASCENDING, 25_029, [
        (Some(1), 0), (Some(2), 0), (Some(-1), 0), (None, 0),
    ];
    Causal<MvRegister<u8>>, ANY_ORDER, 38_376, [
        (RegisterOp::Set(0), 0), (RegisterOp::Set(1), 0), (RegisterOp::Clear, 0),
    ];
    Causal<EwFlag>, ANY_ORDER, 4_410, [(true, 0), (false, 0)];
    Causal<DwFlag>, ANY_ORDER, 16_116, [(true, 0), (false, 0)];
    Causal<AwSet<u8>>, ANY_ORDER, 37_968, [
        (SetOp::Insert(0), 1), (SetOp::Insert(1), 2), (SetOp::Remove(0), 1), (SetOp::Remove(1), 2),
        (SetOp::Clear, 0),
    ];
    Causal<RwSet<u8>>, ASCENDING, 28_563, [
        (RwOp::Insert(0), 1), (RwOp::Insert(1), 2), (RwOp::Remove(0), 1), (RwOp::Remove(1), 2),
        (RwOp::Forget, 0),
    ];
    Causal<AwBag<u8>>, ANY_ORDER, 76_944, [
        (BagOp::Insert(0), 0), (BagOp::RemoveOne(0), 0), (BagOp::Remove(0), 0),
        (BagOp::Insert(1), 0), (BagOp::Clear, 0),
    ];
    Causal<Dotted<GSet<u8>>>, ASCENDING, 8_829, [
        (DottedOp::Edit(vec![0]), 0), (DottedOp::Edit(vec![1]), 0),
        (DottedOp::Join(0, vec![0, 1]), 0), (DottedOp::Clear, 0),
    ];
    Causal<Dotted<Max<u8>>>, ASCENDING, 9_774, [
        (DottedOp::Edit(vec![1]), 0), (DottedOp::Edit(vec![2]), 0), (DottedOp::Join(0, vec![1]), 0),
        (DottedOp::Clear, 0),
    ];
    Causal<Dotted<TwoPhaseSet<u8>>>, ASCENDING, 6_392, [
        (DottedOp::Edit(vec![FinalOp::Insert(0)]), 0),
        (DottedOp::Edit(vec![FinalOp::Remove(0)]), 0), (DottedOp::Clear, 0),
    ];
    Causal<OrMap<u8, MvRegister<u8>>>, ANY_ORDER, 55_986, [
        (under(0, RegisterOp::Set(0)), 0), (under(1, RegisterOp::Set(0)), 0), (MapOp::Remove(0), 0),
        (MapOp::Clear, 0),
    ];

    GMap<u8, GCounter>, ASCENDING, 18_442, [
        (under(0, up(1)), 1), (under(1, up(1)), 2), (under(0, up(2)), 1), (under(1, up(2)), 2),
    ];
    GMap<u8, Causal<AwSet<u8>>>, ASCENDING, 3_755, [
        (under(0, SetOp::Insert(0)), 1), (under(1, SetOp::Insert(0)), 2),
        (under(0, SetOp::Remove(0)), 1), (under(1, SetOp::Remove(0)), 2),
    ];
    Causal<OrMap<u8, AwSet<u8>>>, ASCENDING, 28_201, [
        (under(0, SetOp::Insert(0)), 0), (under(0, SetOp::Insert(1)), 0),
        (under(0, SetOp::Remove(0)), 0), (under(1, SetOp::Insert(0)), 0), (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, RwSet<u8>>>, ASCENDING, 27_647, [
        (under(0, RwOp::Insert(0)), 0), (under(0, RwOp::Remove(0)), 0),
        (under(0, RwOp::Forget), 0), (under(1, RwOp::Insert(0)), 0), (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, AwBag<u8>>>, ASCENDING, 7_638, [
        (under(0, BagOp::Insert(0)), 0), (under(0, BagOp::RemoveOne(0)), 0),
        (under(1, BagOp::Insert(0)), 0), (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, ResetCounter>>, ASCENDING, 12_728, [
        (under(0, Some(1)), 0), (under(0, None), 0), (under(1, Some(1)), 0), (MapOp::Remove(0), 0),
        (MapOp::Clear, 0),
    ];
    Causal<OrMap<u8, EwFlag>>, ASCENDING, 6_328, [
        (under(0, true), 1), (under(0, false), 1), (under(1, true), 2), (under(1, false), 2),
        (MapOp::Clear, 0),
    ];
    Causal<OrMap<u8, DwFlag>>, ASCENDING, 22_224, [
        (under(0, true), 0), (under(0, false), 0), (under(1, false), 0), (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, Dotted<Max<u8>>>>, ASCENDING, 6_241, [
        (under(0, DottedOp::Edit(vec![1])), 0), (under(0, DottedOp::Edit(vec![2])), 0),
        (under(1, DottedOp::Edit(vec![1])), 0), (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, OrMap<u8, MvRegister<u8>>>>, ASCENDING, 28_201, [
        (under(0, under(0, RegisterOp::Set(0))), 0), (under(0, under(1, RegisterOp::Set(0))), 0),
        (under(1, under(0, RegisterOp::Set(0))), 0), (under(0, MapOp::Remove(0)), 0),
        (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, OrMap<u8, RwSet<u8>>>>, ASCENDING, 35_971, [
        (under(0, under(0, RwOp::Insert(0))), 0), (under(0, under(0, RwOp::Remove(0))), 0),
        (under(0, under(1, RwOp::Insert(0))), 0), (under(0, MapOp::Remove(0)), 0),
        (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, OrMap<u8, ResetCounter>>>, ASCENDING, 12_728, [
        (under(0, under(0, Some(1))), 0), (under(0, under(0, None)), 0),
        (under(0, under(1, Some(1))), 0), (under(0, MapOp::Remove(0)), 0), (MapOp::Remove(0), 0),
    ];
    Causal<OrMap<u8, OrMap<u8, EwFlag>>>, ASCENDING, 12_728, [
        (under(0, under(0, true)), 0), (under(0, under(0, false)), 0),
        (under(0, under(1, true)), 0), (under(0, MapOp::Remove(0)), 0), (MapOp::Remove(0), 0),
    ];
    Causal<Document>, ASCENDING, 23_926, [
        (A(A(A(under(0, RegisterOp::Set(0))))), 0), (A(A(A(MapOp::Remove(0)))), 0),
        (B(A(A(Some(1)))), 0), (B(A(A(None))), 0), (B(B(A(false))), 0),
    ];
    Causal<OrMap<u8, Document>>, ASCENDING, 31_268, [
        (under(0, A(A(B(SetOp::Insert(0))))), 0), (under(0, B(A(A(Some(1))))), 0),
        (under(0, B(A(A(None)))), 0), (under(0, B(A(B(true)))), 0), (MapOp::Remove(0), 0),
    ];
    Causal<Json>, ASCENDING, 28_201, [
        (set(&[], 0), 0), (set(&["a"], 0), 0), (set(&["a", "b"], 0), 0),
        (JsonOp::Clear(names(&["a"])), 0), (JsonOp::Remove(names(&["a"])), 0),
    ];
}
