//! Each type of the catalogue against what it means: see `rejoin_tests::oracle`.

use rejoin_core::Causal;
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_tests::for_each_type;
use rejoin_tests::oracle::check;
use rejoin_tests::spec::{Document, Json};

type K = u8;
type V = u8;
type T = u8;

macro_rules! check {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {$(
        mod $name {
            use super::*;

            each!($kind $type);
        }
    )*};
}

/// A type alone, and in maps.
macro_rules! each {
    (lattice $type:ty) => {
        tests! {
            alone: $type;
            in_a_map: GMap<K, $type>;
            removable: Causal<OrMap<K, Dotted<$type>>>;
        }
    };
    (counter $type:ty) => {
        each!(map $type);
    };
    (map $type:ty) => {
        tests! {
            alone: $type;
            in_a_map: GMap<K, $type>;
        }
    };
    (store $type:ty) => {
        tests! {
            alone: Causal<$type>;
            in_a_map: Causal<OrMap<K, $type>>;
            in_a_map_of_maps: Causal<OrMap<K, OrMap<K, $type>>>;
        }
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
    g_map_of_maps: GMap<u8, Causal<OrMap<u8, MvRegister<u8>>>>;
    g_map_of_g_maps: GMap<u8, GMap<u8, PnCounter>>;
    g_map_of_flags: GMap<u8, Causal<DwFlag>>;
    dotted_set: Causal<Dotted<GSet<u8>>>;
    dotted_max: Causal<Dotted<Max<u8>>>;
    dotted_min: Causal<Dotted<Min<u8>>>;
    dotted_register: Causal<Dotted<LwwRegister<u8, u8>>>;
    dotted_two_phase_set: Causal<Dotted<TwoPhaseSet<u8>>>;
    dotted_lww_element_set_that_adds: Causal<Dotted<LwwElementSet<u8, u8, AddBias>>>;
    dotted_lww_element_set_that_removes: Causal<Dotted<LwwElementSet<u8, u8, RemoveBias>>>;
    dotted_lww_map: Causal<Dotted<LwwMap<u8, u8, u8>>>;
    dotted_g_map: Causal<Dotted<GMap<u8, GSet<u8>>>>;
    dotted_g_map_of_registers: Causal<Dotted<GMap<u8, LwwRegister<u8, u8>>>>;
    map_of_sets: Causal<OrMap<u8, AwSet<u8>>>;
    map_of_reset_counters: Causal<OrMap<u8, ResetCounter>>;
    map_of_remove_wins_sets: Causal<OrMap<u8, RwSet<u8>>>;
    map_of_registers: Causal<OrMap<u8, MvRegister<u8>>>;
    map_of_dotted_sets: Causal<OrMap<u8, Dotted<GSet<u8>>>>;
    map_of_dotted_max: Causal<OrMap<u8, Dotted<Max<u8>>>>;
    map_of_enable_wins_flags: Causal<OrMap<u8, EwFlag>>;
    map_of_disable_wins_flags: Causal<OrMap<u8, DwFlag>>;
    map_of_bags: Causal<OrMap<u8, AwBag<u8>>>;
    map_of_dotted_min: Causal<OrMap<u8, Dotted<Min<u8>>>>;
    map_of_dotted_registers: Causal<OrMap<u8, Dotted<LwwRegister<u8, u8>>>>;
    map_of_dotted_two_phase_sets: Causal<OrMap<u8, Dotted<TwoPhaseSet<u8>>>>;
    map_of_dotted_lww_element_sets: Causal<OrMap<u8, Dotted<LwwElementSet<u8, u8, RemoveBias>>>>;
    map_of_dotted_lww_maps: Causal<OrMap<u8, Dotted<LwwMap<u8, u8, u8>>>>;
    map_of_dotted_g_maps: Causal<OrMap<u8, Dotted<GMap<u8, Max<u8>>>>>;
    map_of_maps_of_sets: Causal<OrMap<u8, OrMap<u8, AwSet<u8>>>>;
    map_of_maps_of_registers: Causal<OrMap<u8, OrMap<u8, MvRegister<u8>>>>;
    map_of_maps_of_remove_wins_sets: Causal<OrMap<u8, OrMap<u8, RwSet<u8>>>>;
    map_of_maps_of_reset_counters: Causal<OrMap<u8, OrMap<u8, ResetCounter>>>;
    map_of_maps_of_flags: Causal<OrMap<u8, OrMap<u8, EwFlag>>>;
    map_of_maps_of_bags: Causal<OrMap<u8, OrMap<u8, AwBag<u8>>>>;
    document: Causal<Document>;
    map_of_documents: Causal<OrMap<u8, Document>>;
    map_of_maps_of_documents: Causal<OrMap<u8, OrMap<u8, Document>>>;
    json: Causal<Json>;
    map_of_json: Causal<OrMap<u8, Json>>;
    map_of_maps_of_maps: Causal<OrMap<u8, OrMap<u8, OrMap<u8, MvRegister<u8>>>>>;
}
