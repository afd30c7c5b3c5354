//! Each type against what it means: see `rejoin_tests::oracle`.

use rejoin_core::Causal;
use rejoin_counters::{GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AwBag, AwSet, GSet, RwSet};
use rejoin_tests::oracle::check;

macro_rules! check {
    ($($name:ident: $type:ty;)*) => {
        $(
            #[test]
            fn $name() {
                check::<$type>();
            }
        )*
    };
}

check! {
    g_counter: GCounter;
    pn_counter: PnCounter;
    max: Max<u8>;
    min: Min<u8>;
    lww_register: LwwRegister<u8, u8>;
    g_set: GSet<u8>;
    g_map_of_counters: GMap<u8, GCounter>;
    g_map_of_pn_counters: GMap<u8, PnCounter>;
    g_map_of_sets: GMap<u8, Causal<AwSet<u8>>>;
    g_map_of_maps: GMap<u8, Causal<OrMap<u8, MvRegister<u8>>>>;

    aw_set: Causal<AwSet<u8>>;
    rw_set: Causal<RwSet<u8>>;
    aw_bag: Causal<AwBag<u8>>;
    ew_flag: Causal<EwFlag>;
    dw_flag: Causal<DwFlag>;
    reset_counter: Causal<ResetCounter>;
    mv_register: Causal<MvRegister<u8>>;
    dotted_set: Causal<Dotted<GSet<u8>>>;
    dotted_max: Causal<Dotted<Max<u8>>>;
    dotted_counter: Causal<Dotted<GCounter>>;
    map_of_sets: Causal<OrMap<u8, AwSet<u8>>>;
    map_of_reset_counters: Causal<OrMap<u8, ResetCounter>>;
    map_of_remove_wins_sets: Causal<OrMap<u8, RwSet<u8>>>;
    map_of_registers: Causal<OrMap<u8, MvRegister<u8>>>;
    map_of_dotted_sets: Causal<OrMap<u8, Dotted<GSet<u8>>>>;
    map_of_dotted_max: Causal<OrMap<u8, Dotted<Max<u8>>>>;
    map_of_dotted_counters: Causal<OrMap<u8, Dotted<GCounter>>>;
    map_of_maps_of_sets: Causal<OrMap<u8, OrMap<u8, AwSet<u8>>>>;
    map_of_maps_of_registers: Causal<OrMap<u8, OrMap<u8, MvRegister<u8>>>>;
    map_of_maps_of_maps: Causal<OrMap<u8, OrMap<u8, OrMap<u8, MvRegister<u8>>>>>;
}
