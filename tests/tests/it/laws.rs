//! Every type of the catalogue through the law kit, and its encodings; and what is made of them.

use std::fmt::Debug;

use quickcheck::{Arbitrary, Gen};
use rejoin_core::laws::{self, on_values};
use rejoin_core::{
    Causal, CausalContext, Crdt, Decompose, Diff, Dot, DotFun, DotMap, DotSet, DotStore, Draft,
    Edit, ReplicaId, VersionVector,
};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_tests::for_each_type;
use rejoin_tests::oracle::{self, Subject, edit};
use rejoin_tests::spec::{Both, Document, Either, Json, StoreSubject};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

type K = u8;
type V = u8;
type T = u8;

/// The laws, then the encodings.
fn check<S: Subject>() {
    laws::check::<S::Real>(edit::<S>);
    on_values::<S::Real>(edit::<S>, encodings);
}

macro_rules! check {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {$(
        mod $name {
            use super::*;

            each!($kind $type);
        }
    )*};
}

/// A type alone, and where it can be removed.
macro_rules! each {
    (lattice $type:ty) => {
        tests! { alone: $type; removable: Causal<OrMap<K, Dotted<$type>>>; }
    };
    (counter $type:ty) => {
        each!(map $type);
    };
    (map $type:ty) => {
        tests! { alone: $type; }
    };
    (store $type:ty) => {
        tests! { alone: Causal<$type>; removable: Causal<OrMap<K, $type>>; }
    };
}

macro_rules! tests {
    ($($name:ident: $type:ty;)*) => {$(
        #[test]
        fn $name() {
            check::<$type>();
        }
    )*};
}

for_each_type!(check);

tests! {
    g_map_of_sets: GMap<u8, Causal<AwSet<u8>>>;
    dotted_set: Causal<Dotted<GSet<u8>>>;
    dotted_max: Causal<Dotted<Max<u8>>>;
    dotted_register: Causal<Dotted<LwwRegister<u8, u8>>>;
    dotted_map: Causal<Dotted<GMap<u8, GSet<u8>>>>;
    map_of_sets: Causal<OrMap<u8, AwSet<u8>>>;
    map_of_reset_counters: Causal<OrMap<u8, ResetCounter>>;
    map_of_remove_wins_sets: Causal<OrMap<u8, RwSet<u8>>>;
    map_of_registers: Causal<OrMap<u8, MvRegister<u8>>>;
    map_of_dotted_sets: Causal<OrMap<u8, Dotted<GSet<u8>>>>;
    map_of_dotted_max: Causal<OrMap<u8, Dotted<Max<u8>>>>;
    map_of_enable_wins_flags: Causal<OrMap<u8, EwFlag>>;
    map_of_disable_wins_flags: Causal<OrMap<u8, DwFlag>>;
    map_of_bags: Causal<OrMap<u8, AwBag<u8>>>;
    map_of_dotted_two_phase_sets: Causal<OrMap<u8, Dotted<TwoPhaseSet<u8>>>>;
    map_of_dotted_lww_maps: Causal<OrMap<u8, Dotted<LwwMap<u8, u8, u8>>>>;
    document: Causal<Document>;
    map_of_documents: Causal<OrMap<u8, Document>>;
    json: Causal<Json>;
    map_of_maps_of_maps: Causal<OrMap<u8, OrMap<u8, OrMap<u8, AwSet<u8>>>>>;

    derived_dot_store: Causal<Line>;
    map_of_derived: Causal<OrMap<u8, Line>>;
    derived_lattice: Shop;
}

#[test]
fn dot_set() {
    check_store::<DotSet>(|dots, g| match u8::arbitrary(g) % 4 {
        0 => {
            dots.clear();
        }
        _ => dots.write(),
    });
}

#[test]
fn dot_fun() {
    check_store::<DotFun<u8>>(|values, g| match u8::arbitrary(g) % 8 {
        0 => {
            values.clear();
        }
        1 => {
            let least = u8::arbitrary(g) % 4;
            values.replace_if(u8::arbitrary(g) % 4, |old| *old < least);
        }
        _ => values.write(u8::arbitrary(g) % 4),
    });
}

#[test]
fn dot_map() {
    check_store::<DotMap<u8, DotMap<u8, DotSet>>>(|map, g| {
        let (key, inner) = (u8::arbitrary(g) % 2, u8::arbitrary(g) % 3);
        match u8::arbitrary(g) % 16 {
            0 => map.clear(),
            1 => map.retain(|other, _| *other == key),
            2..5 => {
                map.remove(&key);
            }
            5..8 => {
                map.entry(key).remove(&inner);
            }
            8 => {
                map.entry(key).entry(inner);
            }
            _ => map.entry(key).entry(inner).write(),
        }
    });
}

/// Several operations an edit, as `edit` does.
fn check_store<S>(op: impl Fn(&mut S::Cursor<'_>, &mut Gen))
where
    S: DotStore + Clone + PartialEq + Debug + Serialize + DeserializeOwned + 'static,
{
    let edit = |cursor: &mut S::Cursor<'_>, g: &mut Gen| {
        for _ in 0..1 + u8::arbitrary(g) % 3 {
            op(cursor, g);
        }
    };
    laws::check::<Causal<S>>(edit);
    on_values::<Causal<S>>(edit, encodings);
}

/// Equal values have equal bytes; what is decoded equals what was encoded, and behaves like it.
fn encodings<T>(values: &[T]) -> Result<(), String>
where
    T: Crdt + Clone + PartialEq + Debug + Serialize + DeserializeOwned,
{
    for (at, value) in values.iter().enumerate() {
        let (json, binary) = encoded(value)?;
        for other in &values[..at] {
            let same = encoded(other)? == (json.clone(), binary.clone());
            if same != (value == other) {
                return Err(format!("equal values or bytes, not both: {value:?}, {other:?}"));
            }
        }
        let from_json: T = serde_json::from_str(&json).map_err(|e| format!("{e}: {json}"))?;
        let from_binary: T =
            rejoin_codec::from_slice(&binary).map_err(|e| format!("{e}: {json}"))?;
        let other = postcard::to_stdvec(value).map_err(|error| error.to_string())?;
        let from_other: T = postcard::from_bytes(&other).map_err(|e| format!("{e}: {json}"))?;
        for copy in [from_json, from_binary, from_other] {
            if copy != *value || encoded(&copy)?.0 != json {
                return Err(format!("decoded as {copy:?}: {value:?}"));
            }
            // An index that was decoded wrong shows when others merge in, or this into others.
            for other in values {
                let (mut merged, mut expected) = (copy.clone(), value.clone());
                let (told, tells) = (merged.merge(other.clone()), expected.merge(other.clone()));
                if merged != expected || told != tells {
                    return Err(format!("a decoded copy of {value:?} merges {other:?} otherwise"));
                }
                let (mut merged, mut expected) = (other.clone(), other.clone());
                merged.merge(copy.clone());
                expected.merge(value.clone());
                if merged != expected {
                    return Err(format!("a decoded copy of {value:?} joins {other:?} otherwise"));
                }
            }
        }
    }
    Ok(())
}

fn encoded<T: Serialize>(value: &T) -> Result<(String, Vec<u8>), String> {
    let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
    Ok((json, rejoin_codec::to_vec(value).map_err(|error| error.to_string())?))
}

/// A struct of dot stores.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Line {
    tags: AwSet<u8>,
    note: MvRegister<u8>,
}

type LineSpec = Both<AwSet<u8>, MvRegister<u8>>;

/// A struct of lattices.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Serialize, Deserialize)]
struct Shop {
    visits: PnCounter,
    lines: Causal<OrMap<u8, Line>>,
}

type ShopSpec = Both<PnCounter, OrMap<u8, Line>>;

macro_rules! spec {
    ($type:ty = $spec:ty) => {
        impl oracle::Spec for $type {
            type Op = <$spec as oracle::Spec>::Op;
            type Piece = <$spec as oracle::Spec>::Piece;
            type Value = <$spec as oracle::Spec>::Value;

            fn op(rng: &mut rejoin_tests::rng::Rng) -> Self::Op {
                <$spec>::op(rng)
            }

            fn split(op: &Self::Op) -> Vec<Self::Op> {
                <$spec>::split(op)
            }

            fn effect(
                op: &Self::Op,
                replica: usize,
                live: &[oracle::Live<'_, Self::Piece>],
            ) -> oracle::Effect<Self::Piece> {
                <$spec>::effect(op, replica, live)
            }

            fn carries(piece: &Self::Piece, earlier: &Self::Piece) -> bool {
                <$spec>::carries(piece, earlier)
            }

            fn value(live: &[oracle::Live<'_, Self::Piece>]) -> Self::Value {
                <$spec>::value(live)
            }
        }
    };
}

spec!(Line = LineSpec);
spec!(Shop = ShopSpec);

impl StoreSubject for Line {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &<Self as oracle::Spec>::Op) {
        match op {
            Either::A(op) => AwSet::apply(&mut cursor.tags(), op),
            Either::B(op) => MvRegister::apply(&mut cursor.note(), op),
        }
    }

    fn read(real: &Self) -> <Self as oracle::Spec>::Value {
        (AwSet::read(&real.tags), MvRegister::read(&real.note))
    }
}

impl Subject for Shop {
    type Real = Self;

    fn apply(cursor: &mut <Self as Edit>::Cursor<'_>, op: &<Self as oracle::Spec>::Op) {
        match op {
            Either::A(op) => PnCounter::apply(&mut cursor.visits(), op),
            Either::B(op) => Causal::<OrMap<u8, Line>>::apply(&mut cursor.lines(), op),
        }
    }

    fn read(real: &Self) -> <Self as oracle::Spec>::Value {
        (PnCounter::read(&real.visits), Causal::<OrMap<u8, Line>>::read(&real.lines))
    }
}

#[test]
fn derived_types_mean_what_their_fields_mean() {
    oracle::check::<Causal<Line>>();
    oracle::check::<Causal<OrMap<u8, Line>>>();
    oracle::check::<Shop>();
}

/// A lattice of the clocks, with an edit: they have none of their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bare<T>(T);

struct BareCursor<'a, T> {
    value: &'a mut T,
    delta: &'a mut T,
    replica: ReplicaId,
}

impl<T: Crdt> Crdt for Bare<T> {
    fn merge(&mut self, other: Self) -> bool {
        self.0.merge(other.0)
    }
}

impl<T: Crdt> Edit for Bare<T> {
    type Cursor<'a>
        = BareCursor<'a, T>
    where
        T: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> BareCursor<'a, T> {
        let (replica, delta) = (draft.replica(), draft.into_delta(self));
        BareCursor { value: &mut self.0, delta: &mut delta.0, replica }
    }
}

#[test]
fn version_vector() {
    let edit = |clock: &mut BareCursor<'_, VersionVector>, _: &mut Gen| {
        if let Some(dot) = clock.value.advance(clock.replica) {
            clock.delta.insert(dot);
        }
    };
    laws::check_merge::<Bare<VersionVector>>(edit);
    on_values::<Bare<VersionVector>>(edit, encodings);
}

#[test]
fn causal_context() {
    let edit = |context: &mut BareCursor<'_, CausalContext>, g: &mut Gen| {
        let seq = 1 + u64::arbitrary(g) % 12;
        if let Some(dot) = Dot::new(context.replica, seq) {
            context.value.insert(dot);
            context.delta.insert(dot);
        }
    };
    laws::check_merge::<Bare<CausalContext>>(edit);
    on_values::<Bare<CausalContext>>(edit, encodings);
}
