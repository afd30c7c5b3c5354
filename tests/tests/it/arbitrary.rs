//! Arbitrary values of every type of the catalogue, and of others: made by executions, of all
//! kinds, and shrinking.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use quickcheck::Arbitrary;
use rejoin_core::laws::{self, AnyEdit, Related, from_seed};
use rejoin_core::{
    Causal, CausalContext, Decompose, Diff, Dot, DotFun, DotMap, DotSet, DotStore,
    DottedVersionVector, Edit, Hlc, HlcClock, Lamport, ReplicaId, VersionVector, WallTime,
};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_tests::for_each_type;
use serde::Serialize;
use serde::de::DeserializeOwned;

type K = u8;
type V = u8;
type T = u8;

const SEEDS: u64 = 200;

/// Values vary, repeat with their seed, pass the checks of decoding, merge with each other, and
/// shrink to bottom.
fn check<T>()
where
    T: Arbitrary + Edit + Diff + Decompose + PartialEq + Debug + Serialize + DeserializeOwned,
    for<'a> T::Cursor<'a>: AnyEdit,
{
    laws::check::<T>(|cursor, g| cursor.any_edit(g));
    check_plain::<T>();
    for seed in 0..SEEDS {
        let (a, b): (T, T) = (from_seed(16, seed), from_seed(16, seed + SEEDS));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(b);
        ba.merge(a);
        assert_eq!(ab, ba, "values of two executions are of different replicas");

        let related: Related<T> = from_seed(16, seed);
        let join = |mut sum: T, value: &T| {
            sum.merge(value.clone());
            sum
        };
        let states = related[..3].iter().fold(T::default(), join);
        assert!(related.iter().all(|value| join(states.clone(), value) == states));
    }
}

/// As [`check`], for what is no lattice.
fn check_plain<T: Arbitrary + Default + PartialEq + Debug + Serialize + DeserializeOwned>() {
    check_down_to(&T::default());
}

/// As [`check_plain`], for values that shrink to `least`.
fn check_down_to<T>(least: &T)
where
    T: Arbitrary + PartialEq + Debug + Serialize + DeserializeOwned,
{
    let mut different = BTreeSet::new();
    for seed in 0..SEEDS {
        let value: T = from_seed(16, seed);
        assert_eq!(value, from_seed(16, seed));
        let json = serde_json::to_string(&value).expect("every value has a JSON");
        assert_eq!(serde_json::from_str::<T>(&json).expect("no check refuses it"), value);
        different.insert(json);

        let mut smaller = value;
        while let Some(next) = smaller.shrink().next() {
            assert_ne!(next, smaller);
            smaller = next;
        }
        assert_eq!(smaller, *least);
    }
    assert!(different.len() > 1, "always {different:?}");
}

/// As [`check`], for a dot store and its causal value, in which something is removed at times.
fn check_store<S>()
where
    S: Arbitrary + DotStore + PartialEq + Debug + Serialize + DeserializeOwned,
    for<'a> S::Cursor<'a>: AnyEdit,
{
    check::<Causal<S>>();
    check_plain::<S>();
    let removes = |seed: &u64| {
        let value: Causal<S> = from_seed(16, *seed);
        let mut live = 0;
        value.dots(&mut |_| live += 1);
        live < value.context().len()
    };
    let removing = (0..SEEDS).filter(removes).count() as u64;
    assert!((SEEDS / 10..SEEDS).contains(&removing), "{removing} of {SEEDS} remove something");
}

#[test]
fn hlc_clock() {
    check_down_to(&HlcClock::new(Duration::ZERO));
}

macro_rules! check {
    ($($name:ident: $check:ident::<$type:ty>;)*) => {
        $(
            #[test]
            fn $name() {
                $check::<$type>();
            }
        )*
    };
}

macro_rules! each {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {$(
        #[test]
        fn $name() {
            each!($kind $type);
        }
    )*};
    (store $type:ty) => { check_store::<$type>() };
    ($kind:ident $type:ty) => { check::<$type>() };
}

for_each_type!(each);

check! {
    set_of_texts: check::<GSet<String>>;
    register_of_texts: check_store::<MvRegister<String>>;
    map_of_texts_at_times: check::<LwwMap<u8, String, Hlc>>;
    lww_element_set_of_lamport: check::<LwwElementSet<u8, Lamport, RemoveBias>>;
    g_map_of_counters: check::<GMap<u8, PnCounter>>;
    g_map_of_sets: check::<GMap<u8, Causal<AwSet<u8>>>>;

    dot_set: check_store::<DotSet>;
    dot_fun: check_store::<DotFun<u8>>;
    dot_map: check_store::<DotMap<u8, DotSet>>;
    or_map_of_maps: check_store::<OrMap<u8, OrMap<u8, AwSet<u8>>>>;
    dotted_set: check_store::<Dotted<GSet<u8>>>;

    version_vector: check_plain::<VersionVector>;
    causal_context: check_plain::<CausalContext>;
    dotted_version_vector: check_plain::<DottedVersionVector>;
    wall_time: check_plain::<WallTime>;
    hlc: check_plain::<Hlc>;
    lamport: check_plain::<Lamport>;
}

#[test]
fn dots_and_ids_are_few() {
    let dots: BTreeSet<Dot> = (0..SEEDS).map(|seed| from_seed(16, seed)).collect();
    let ids: BTreeSet<ReplicaId> = dots.iter().map(Dot::replica).collect();
    assert!(dots.len() > 16 && ids.len() > 4, "{} dots of {} replicas", dots.len(), ids.len());
    assert!(dots.len() as u64 <= SEEDS / 2, "some are made more than once");
}

/// What shrinking leaves of a value for which `holds` is false.
fn smallest<T: Arbitrary + Debug>(holds: impl Fn(&T) -> bool) -> T {
    let values = (0..10_000).map(|seed| from_seed(32, seed));
    let mut smallest: T = values.into_iter().find(|value| !holds(value)).expect("one fails");
    while let Some(smaller) = smallest.shrink().find(|smaller| !holds(smaller)) {
        smallest = smaller;
    }
    smallest
}

#[test]
fn a_failure_is_shrunk_to_what_matters() {
    let tags = smallest(|tags: &Causal<AwSet<u8>>| tags.len() < 3);
    assert_eq!(tags.len(), 3, "{tags:?}"); // what is gone is one part, which stays as it is
    let tags = smallest(|tags: &AwSet<u8>| tags.len() < 3);
    assert_eq!(tags.len(), 3, "{tags:?}");
    let counter = smallest(|counter: &GCounter| counter.value() < 100);
    assert_eq!(counter.iter().count(), 1, "{counter:?}");
    let lines = smallest(|lines: &Causal<OrMap<u8, MvRegister<u8>>>| {
        lines.iter().all(|(_, line)| line.values().count() < 2)
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
}

/// Related values shrink as the execution that made them.
#[test]
fn related_values_shrink_together() {
    let related = smallest(|related: &Related<GCounter>| {
        related.iter().all(|counter| counter.iter().count() < 2)
    });
    // Two replicas count, and one merges or groups: three states, and two or three that were sent.
    assert!(related.len() <= 6, "{related:?}");
    assert!(related.iter().all(|counter| counter.iter().count() <= 2), "{related:?}");
}
