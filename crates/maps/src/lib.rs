#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "laws")]
mod arbitrary;
mod dotted;
mod g_map;
mod lww_map;
mod or_map;

#[cfg(feature = "derive")]
#[doc(no_inline)]
pub use rejoin_core::Upgradable;
#[cfg(feature = "laws")]
#[doc(no_inline)]
pub use rejoin_core::laws;
#[doc(no_inline)]
pub use rejoin_core::{
    self, Causal, Crdt, Decompose, Diff, Dot, DotFun, DotSet, DotStore, Edit, EntryChange, Hlc,
    HlcClock, HlcError, Lamport, ReplicaId, Unknown, Unnumbered, ValueChange, WallTime, Watch,
    WatchStore,
};

pub use self::dotted::{Dotted, DottedCursor};
pub use self::g_map::{GMap, GMapCursor, GMapDigest};
pub use self::lww_map::{LwwMap, LwwMapCursor};
pub use self::or_map::{OrMap, OrMapCursor};
