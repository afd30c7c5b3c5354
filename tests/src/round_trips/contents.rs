//! One type of all kinds of contents, so that each container is compiled once and not once a kind.
//!
//! It is written as what is in it, and nothing else. So it cannot be read without knowing which
//! kind that is: [`as_kind`] says it to the thread.

use std::cell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use rejoin_core::{Causal, Dot, Hlc, NodeId, ReplicaId, WallTime};
use rejoin_registers::Max;
use rejoin_sets::{AwSet, GSet};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kinds::*;

thread_local! {
    static KIND: cell::Cell<&'static str> = const { cell::Cell::new("") };
}

/// What `run` returns, in which contents are read as values of this kind.
pub fn as_kind<R>(kind: &'static str, run: impl FnOnce() -> R) -> R {
    let before = KIND.replace(kind);
    let result = run();
    KIND.set(before);
    result
}

macro_rules! contents {
    ($($(#[$attribute:meta])* $name:ident { $($kind:ident: $type:ty,)* })*) => {$(
        $(#[$attribute])*
        #[expect(missing_docs, reason = "the types say it")]
        pub enum $name {
            $($kind($type),)*
        }

        impl $name {
            /// The kinds, with some values of each.
            #[must_use]
            pub fn kinds() -> Vec<(&'static str, Vec<Self>)> {
                vec![$(
                    (stringify!($kind), <$type>::samples().into_iter().map(Self::$kind).collect()),
                )*]
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$kind(value) => value.serialize(serializer),)*
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match KIND.get() {
                    $(stringify!($kind) => <$type>::deserialize(deserializer).map(Self::$kind),)*
                    kind => Err(D::Error::custom(format_args!("no kind {kind}"))),
                }
            }
        }
    )*};
}

contents! {
    /// Contents that can be keys.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    Ordered {
        Nothing: (),
        Bool: bool,
        U8: u8,
        I64: i64,
        U128: u128,
        I128: i128,
        Char: char,
        String: String,
        Str: Box<str>,
        Address: IpAddr,
        ReplicaId: ReplicaId,
        NodeId: NodeId,
        Dot: Dot,
        WallTime: WallTime,
        Hlc: Hlc,
        Float: Total,
        MaybeFloat: Option<Total>,
        Unit: Unit,
        Newtype: Meters,
        NewtypeOfOptions: Maybe,
        TupleStruct: Pair,
        Struct: Cell,
        Bytes: Raw,
        External: External,
        Internal: Internal,
        Adjacent: Adjacent,
        Untagged: Untagged,
        Skipped: Skipped,
        Renamed: Renamed,
        Phase: Phase,
        Sparse: Sparse,
        Partial: Partial,
        Flat: Flat,
        MaybeNumber: Option<u8>,
        MaybeNothing: Option<()>,
        MaybeMaybe: Option<Option<u8>>,
        MaybeUnit: Option<Unit>,
        MaybeText: Option<String>,
        MaybeUntagged: Option<Untagged>,
        MaybeNewtype: Option<Maybe>,
        Nothings: Vec<()>,
        Options: Vec<Option<u8>>,
        Skippeds: Vec<Skipped>,
        Tuple: (u8, String),
        TupleOfNothing: (Option<()>, ()),
        Boxed: Box<Skipped>,
        Outcome: Result<u8, String>,
        Set: BTreeSet<u8>,
        Map: BTreeMap<u8, Option<u8>>,
        MapOfOptions: BTreeMap<Option<u8>, Option<()>>,
        MapOfVariants: BTreeMap<Skipped, Option<Option<bool>>>,
        Tree: Tree,
    }

    /// Contents that are not ordered, so that they can be values only.
    #[derive(Clone, Debug, PartialEq)]
    Plain {
        I8: i8,
        U16: u16,
        I32: i32,
        U64: u64,
        F32: f32,
        F64: f64,
        MaybeF64: Option<f64>,
        Duration: Duration,
        Range: RangeInclusive<u8>,
        Json: serde_json::Value,
        MaybeJson: Option<serde_json::Value>,
        Bottoms: Bottoms,
        Holder: Holder,
        Flattened: Flattened,
        Grown: GSet<Option<u8>>,
        Max: Max<Option<u8>>,
        MaybeMax: Option<Max<Option<u8>>>,
        Document: Causal<AwSet<u8>>,
        MaybeDocument: Option<Causal<AwSet<u8>>>,
    }
}
