//! Every small execution of every type: see `rejoin_tests::exhaustive`.
//!
//! Executions have up to 4 events; `REJOIN_DEPTH` sets another number. `--nocapture` shows counts.

mod canaries;

use std::time::Instant;

use rejoin_core::Causal;
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_tests::exhaustive::{ANY_ORDER, ASCENDING, World, explore};
use rejoin_tests::spec::{BagOp, Document, Json};
use rejoin_tests::worlds::Small;
use rejoin_tests::{for_each_type, subject};

type K = u8;
type V = u8;
type T = u8;

const DEPTH: usize = 4;

/// Explores a world, and sees to it that it is as large as it was.
fn check<S: Small>(name: &str) {
    let depth = std::env::var("REJOIN_DEPTH").ok().and_then(|depth| depth.parse().ok());
    let depth = depth.unwrap_or(DEPTH);
    let start = Instant::now();
    let (alphabet, orders) = (S::alphabet(), S::ORDERS.to_vec());
    let (operations, count) = (alphabet.len(), orders.len());
    match explore::<S>(&World { alphabet, depth, orders, is_reduced: true }) {
        Ok(report) => {
            let time = start.elapsed().as_secs_f64();
            println!(
                "{name}: depth {depth}, {operations} operations, {count} orders of replicas: \
                 {report}, {time:.1} s"
            );
            // Of shorter ones there are fewer, but not none.
            let least = if depth < DEPTH { depth as u64 } else { S::EXECUTIONS };
            assert!(report.executions >= least, "only {report}");
        }
        Err(failure) => panic!("{name}:\n{failure}"),
    }
}

macro_rules! check {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {$(
        #[test]
        fn $name() {
            check::<subject!($kind $type)>(stringify!($name));
        }
    )*};
}

for_each_type!(check);

check! {
    g_map_of_sets: composed GMap<u8, Causal<AwSet<u8>>>;
    dotted_set: composed Causal<Dotted<GSet<u8>>>;
    dotted_max: composed Causal<Dotted<Max<u8>>>;
    map_of_sets: composed Causal<OrMap<u8, AwSet<u8>>>;
    map_of_remove_wins_sets: composed Causal<OrMap<u8, RwSet<u8>>>;
    map_of_bags: composed Causal<OrMap<u8, AwBag<u8>>>;
    map_of_reset_counters: composed Causal<OrMap<u8, ResetCounter>>;
    map_of_enable_wins_flags: composed Causal<OrMap<u8, EwFlag>>;
    map_of_disable_wins_flags: composed Causal<OrMap<u8, DwFlag>>;
    map_of_dotted_max: composed Causal<OrMap<u8, Dotted<Max<u8>>>>;
    map_of_maps_of_registers: composed Causal<OrMap<u8, OrMap<u8, MvRegister<u8>>>>;
    map_of_maps_of_remove_wins_sets: composed Causal<OrMap<u8, OrMap<u8, RwSet<u8>>>>;
    map_of_maps_of_reset_counters: composed Causal<OrMap<u8, OrMap<u8, ResetCounter>>>;
    map_of_maps_of_flags: composed Causal<OrMap<u8, OrMap<u8, EwFlag>>>;
    document: composed Causal<Document>;
    map_of_documents: composed Causal<OrMap<u8, Document>>;
    json: composed Causal<Json>;
}

/// The reductions lose nothing: the same states are reached without them.
#[test]
fn reductions_lose_no_state() {
    let alphabet = vec![
        (BagOp::Insert(0), 0),
        (BagOp::RemoveOne(0), 0),
        (BagOp::Insert(1), 0),
        (BagOp::Clear, 0),
    ];
    let world = World { alphabet, depth: 3, orders: ANY_ORDER.to_vec(), is_reduced: true };
    let all = World { is_reduced: false, orders: ASCENDING.to_vec(), ..world.clone() };
    let reduced = explore::<Causal<AwBag<u8>>>(&world).expect("a bag is sound");
    let all = explore::<Causal<AwBag<u8>>>(&all).expect("a bag is sound");
    println!("reduced: {reduced}\nnot reduced: {all}");
    assert_eq!((reduced.states, reduced.merges), (all.states, all.merges));
    assert!(reduced.executions < all.executions);
}
