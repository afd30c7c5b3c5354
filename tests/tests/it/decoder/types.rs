//! Values of every type of the catalogue, by themselves and in something that knows ids.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoin_codec::{Codec, to_vec};
use rejoin_core::laws::from_seed;
use rejoin_core::{
    Causal, CausalContext, Diff, Dot, DotFun, DotMap, DotSet, DottedVersionVector, Hlc, HlcClock,
    Lamport, ReplicaId, VersionVector, WallTime,
};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_shape::Shape;
use rejoin_tests::for_each_type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decoder::cases::{Cases, Expected, hex};
use crate::decoder::tree::{Structs, tree};

type K = String;
type V = i64;
type T = Hlc;

fn check<T: Serialize + DeserializeOwned>(cases: &mut Cases, name: &str, seed: u64, value: &T) {
    let shape = Shape::of::<T>().encode();
    let tree = tree(value, Structs::Named);
    let bytes = to_vec(value).expect("encodes");
    cases.add(name, "-", &shape, &bytes, Expected::Tree(tree.clone()));

    let known: BTreeSet<ReplicaId> = (0..seed % 4).map(|more| from_seed(16, seed + more)).collect();
    let known: Vec<ReplicaId> = known.into_iter().rev().collect();
    let bytes = Codec::new().enclosed(&known).to_vec(value).expect("encodes");
    let ids: String = known.iter().map(|id| hex(id.as_bytes())).collect();
    let options = if ids.is_empty() { "--known -".to_owned() } else { format!("--known {ids}") };
    cases.add(name, &options, &shape, &bytes, Expected::Tree(tree));
}

/// Adds what a type makes of a seed.
type Add = fn(&mut Cases, u64);

/// Every type of the catalogue, and what it is made of.
fn types() -> Vec<Add> {
    let mut types: Vec<Add> = Vec::new();
    macro_rules! add {
        ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {
            $(add!($kind stringify!($name), $type);)*
        };
        (store $name:expr, $type:ty) => {
            add!(plain $name, $type);
            add!(lattice $name, Causal<$type>);
        };
        (plain $name:expr, $type:ty) => {
            types.push(|cases, seed| check::<$type>(cases, $name, seed, &from_seed(16, seed)));
        };
        ($kind:ident $name:expr, $type:ty) => {
            types.push(|cases, seed| {
                let value: $type = from_seed(16, seed);
                check(cases, $name, seed, &value);
                check(cases, concat!("digest of ", $name), seed, &value.digest());
            });
        };
    }
    for_each_type!(add);
    add! {
        set_of_pairs: lattice GSet<(i16, char)>;
        set_of_ids: lattice GSet<ReplicaId>;
        set_of_units: store AwSet<()>;
        set_of_options: store AwSet<Option<bool>>;
        g_map_of_sets: map GMap<u8, Causal<AwSet<u8>>>;
        dot_set: store DotSet;
        dot_fun: store DotFun<u8>;
        dot_fun_of_units: store DotFun<()>;
        dot_fun_of_dots: store DotFun<(Dot, ReplicaId)>;
        dot_map: store DotMap<u8, DotSet>;
        or_map_of_maps: store OrMap<u8, OrMap<String, AwSet<char>>>;
        or_map_of_lists: store OrMap<u64, MvRegister<Vec<Option<String>>>>;
        dotted_set: store Dotted<GSet<u8>>;
        version_vector: plain VersionVector;
        causal_context: plain CausalContext;
        dotted_version_vector: plain DottedVersionVector;
        wall_time: plain WallTime;
        hlc: plain Hlc;
        hlc_clock: plain HlcClock;
        lamport: plain Lamport;
        wide: plain Vec<(u128, i128)>;
        duration: plain Duration;
    }
    types
}

#[test]
fn values_of_every_type_are_read() {
    let (types, mut cases) = (types(), Cases::default());
    let count = crate::decoder::cases().max(types.len() as u64);
    for (add, seed) in types.iter().cycle().zip(crate::decoder::seeds(count)) {
        add(&mut cases, seed);
    }
    if let Some(answers) = cases.ask("types") {
        assert_eq!(answers.errors, 0);
    }
}
