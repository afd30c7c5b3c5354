//! Kinds of contents: every shape that serde knows, and what is special about each.

mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use rejoin_core::{Causal, Dot, Edit, Hlc, NodeId, ReplicaId, WallTime};
use rejoin_registers::{EwFlag, LwwRegister, Max};
use rejoin_sets::{AwSet, GSet};

pub use self::types::*;
use super::{Key, Value};

/// A kind of content.
pub trait Kind: Value {
    /// Values of the kind.
    fn samples() -> Vec<Self>;
}

macro_rules! kinds {
    ($($type:ty: $samples:expr;)*) => {
        $(
            impl Kind for $type {
                fn samples() -> Vec<Self> {
                    Vec::from($samples)
                }
            }
        )*
    };
}

kinds! {
    (): [()];
    bool: [false, true];
    u8: [0, 7, u8::MAX];
    i8: [i8::MIN, -1, 0];
    u16: [0, 300, u16::MAX];
    i32: [i32::MIN, -1, 70_000];
    u64: [0, 1 << 53, u64::MAX];
    i64: [i64::MIN, -1, i64::MAX];
    u128: [0, 1 << 64, u128::MAX];
    i128: [i128::MIN, -1, i128::MAX];
    f32: [0.0, -0.0, 0.1, f32::MIN_POSITIVE, 1e-45, f32::MAX, f32::INFINITY];
    f64: [0.0, -0.0, 0.1, 5e-324, f64::MAX, 1.0 / 3.0, 123_456_789.012_345_67, f64::NEG_INFINITY];
    char: ['a', '\0', '"', 'é', '😀'];
    String: texts();
    Box<str>: ["", "boxed"].map(Box::from);
    IpAddr: [[127, 0, 0, 1].into(), [0_u16, 0, 0, 0, 0, 0, 0, 1].into()];
    Duration: [Duration::ZERO, Duration::new(1, 999_999_999), Duration::MAX];
    RangeInclusive<u8>: [RangeInclusive::new(1, 0), 0..=u8::MAX];
    ReplicaId: [1, u128::MAX].map(ReplicaId::from_u128);
    NodeId: [1, u128::MAX].map(NodeId::from_u128);
    Dot: [1, u64::MAX].map(|seq| Dot::new(ReplicaId::from_u128(1), seq).expect("not 0"));
    WallTime: [0, u64::MAX].map(WallTime::from_unix_millis);
    Hlc: [Hlc::MIN, Hlc::MAX];
    Total: [0.0, -0.0, -1.5, 5e-324, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN]
        .map(Total);
    Unit: [Unit];
    Meters: [0, 7].map(Meters);
    Maybe: [None, Some(None), Some(Some(1))].map(Maybe);
    Pair: [Pair(0, String::new()), Pair(-1, "a".into())];
    Cell: [Cell { row: 0, column: None }, Cell { row: 1, column: Some(2) }];
    Raw: [Raw(vec![]), Raw(vec![0, 255, 34])];
    External: [
        External::Nothing,
        External::One(None),
        External::One(Some("x".into())),
        External::Two(1, false),
        External::Fields { x: -1, y: Some(3) },
    ];
    Internal: [
        Internal::Nothing,
        Internal::Cell(Cell { row: 1, column: None }),
        Internal::Fields { x: -1, y: Some(3) },
    ];
    Adjacent: [
        Adjacent::Nothing,
        Adjacent::One(None),
        Adjacent::Two(1, false),
        Adjacent::Fields { x: -1, y: None },
    ];
    Untagged: [
        Untagged::Nothing,
        Untagged::Number(5),
        Untagged::Text("5".into()),
        Untagged::List(vec![1]),
        Untagged::Fields { x: 1 },
    ];
    Skipped: [
        Skipped::First,
        Skipped::Local,
        Skipped::Second(7),
        Skipped::Cache { bytes: vec![1] },
        Skipped::Third { x: 1 },
        Skipped::Fourth,
    ];
    Renamed: [Renamed::First, Renamed::Second(1), Renamed::Third];
    Phase: [Phase::Draft, Phase::Local, Phase::Public, Phase::Archived];
    Sparse: [
        Sparse { id: 1, note: None, tags: vec![] },
        Sparse { id: 2, note: Some("n".into()), tags: vec![] },
        Sparse { id: 3, note: Some(String::new()), tags: vec![0, 1] },
    ];
    Partial: [Partial { id: 1, cache: 0, note: None }, Partial { id: 2, cache: 0, note: Some(1) }];
    Flat: [
        Flat { id: 1, rest: BTreeMap::new() },
        Flat { id: 2, rest: BTreeMap::from([("more".into(), 3)]) },
    ];
    serde_json::Value: [
        serde_json::Value::Null,
        serde_json::json!([null]),
        serde_json::json!({ "a": [1, "x", 0.5] }),
    ];
    Bottoms: [
        Bottoms::default(),
        Bottoms {
            best: Some(Max::default()),
            last: Some(LwwRegister::default()),
            flag: Some(EwFlag::default()),
        },
    ];
    Holder: [
        Holder::Scores { best: [(7, Max::from(None))].into_iter().collect(), last: last() },
        Holder::Set(Box::new(set())),
    ];
    Flattened: [
        Flattened { id: 1, best: [("a".to_owned(), Max::from(1))].into_iter().collect() },
    ];
    Tree: [Tree::Leaf, Tree::Node(vec![Tree::Leaf, Tree::Node(vec![])])];
    GSet<Option<u8>>: [GSet::default(), [None, Some(1)].into_iter().collect()];
    Max<Option<u8>>: [Max::default(), Max::from(None), Max::from(Some(1))];
    Causal<AwSet<u8>>: [Causal::default(), set()];
}

impl<T: Kind> Kind for Option<T> {
    fn samples() -> Vec<Self> {
        [None].into_iter().chain(T::samples().into_iter().map(Some)).collect()
    }
}

impl<T: Kind> Kind for Vec<T> {
    fn samples() -> Vec<Self> {
        vec![vec![], T::samples(), T::samples().into_iter().take(1).collect()]
    }
}

impl<T: Kind> Kind for Box<T> {
    fn samples() -> Vec<Self> {
        T::samples().into_iter().map(Box::new).collect()
    }
}

impl<T: Kind, U: Kind> Kind for (T, U) {
    fn samples() -> Vec<Self> {
        let pairs = T::samples().into_iter().zip(U::samples().into_iter().cycle());
        pairs.collect()
    }
}

impl<T: Kind, E: Kind> Kind for Result<T, E> {
    fn samples() -> Vec<Self> {
        let (good, bad) = (T::samples().into_iter(), E::samples().into_iter());
        good.map(Ok).chain(bad.map(Err)).collect()
    }
}

impl<K: Kind + Key, V: Kind> Kind for BTreeMap<K, V> {
    fn samples() -> Vec<Self> {
        let pairs = K::samples().into_iter().zip(V::samples().into_iter().cycle());
        vec![Self::new(), pairs.collect()]
    }
}

impl<T: Kind + Key> Kind for BTreeSet<T> {
    fn samples() -> Vec<Self> {
        vec![Self::new(), T::samples().into_iter().collect()]
    }
}

fn texts() -> Vec<String> {
    let long = "x".repeat(40);
    let short = ["", "null", "7", "true", "key:1", "key:12", "é", "è", "😀\0\"\\\n"];
    short.map(str::to_owned).into_iter().chain([long.clone() + "y", long]).collect()
}

fn last() -> LwwRegister<Option<u8>, u64> {
    let mut last = LwwRegister::default();
    last.edit(ReplicaId::from_u128(1), |last| last.set(1, None));
    last
}

fn set() -> Causal<AwSet<u8>> {
    let mut set = Causal::<AwSet<u8>>::default();
    set.edit(ReplicaId::from_u128(1), |set| set.extend([1, 2]));
    set
}
