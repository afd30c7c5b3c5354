#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod causal;
#[cfg(feature = "derive")]
mod checked;
mod crdt;
mod decompose;
mod diff;
mod dot_fun;
mod dot_map;
mod dot_set;
mod dot_store;
mod draft;
mod edit;
mod few;
mod forked_id;
mod forward;
mod into_value;
mod join;
mod journal;
#[cfg(feature = "laws")]
pub mod laws;
pub mod store;
mod unknown;
mod unnumbered;
mod watch;
mod whole;
#[cfg(feature = "serde")]
pub mod wire;
mod writer;

#[cfg(feature = "serde")]
pub use rejoin_clocks::announce;
pub use rejoin_clocks::{
    CausalContext, CausalDigest, Dot, DottedVersionVector, Hlc, HlcClock, HlcError, InvalidClock,
    InvalidContext, Lamport, NodeId, ParseNodeIdError, ParseReplicaIdError, ReplicaId,
    VersionVector, WallTime, Windows,
};
#[cfg(feature = "derive")]
pub use rejoin_derive::{
    Crdt, Decompose, Diff, DotStore, Unnumbered, Upgradable, Watch, WatchStore,
};

pub use self::causal::{Causal, InvalidCausal, RetireError};
pub use self::crdt::Crdt;
pub use self::decompose::Decompose;
pub use self::diff::Diff;
pub use self::dot_fun::{DotFun, DotFunCursor};
pub use self::dot_map::{DotMap, DotMapCursor};
pub use self::dot_set::{DotSet, DotSetCursor};
pub use self::dot_store::DotStore;
pub use self::draft::Draft;
pub use self::edit::Edit;
pub use self::forked_id::ForkedId;
pub use self::into_value::IntoValue;
pub use self::join::JoinCursor;
pub use self::unknown::{Unknown, UnknownChange, UnknownCursor};
pub use self::unnumbered::Unnumbered;
pub use self::watch::{EntryChange, ValueChange, Watch, WatchStore};
pub use self::whole::Whole;

/// What derived code needs, and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::__if_serde as if_serde;
    #[cfg(feature = "derive")]
    pub use crate::DotSet;
    #[cfg(feature = "derive")]
    pub use crate::checked::{Checked, Derived, Underived};
    #[cfg(feature = "serde")]
    pub use crate::unknown::fields::{
        FieldsByName, deserialize_fields, next_value, serialize_field, serialize_fields,
    };
    pub use alloc::string::String;
    #[cfg(feature = "serde")]
    pub use serde;
}

/// The tokens, if the feature `serde` is on.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_serde {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// The tokens, if the feature `serde` is on.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_serde {
    ($($tokens:tt)*) => {};
}
