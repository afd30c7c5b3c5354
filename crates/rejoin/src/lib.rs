#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod prelude;

/// Logical time: replica ids, version vectors, hybrid clocks.
#[doc(inline)]
pub use rejoin_clocks as clocks;
/// The compact binary form of every type.
#[cfg(feature = "codec")]
#[doc(inline)]
pub use rejoin_codec as codec;
/// The traits, `Causal`, and the dot stores that other types are made of.
#[doc(inline)]
pub use rejoin_core as core;
/// Counters, with their cursors.
#[doc(inline)]
pub use rejoin_counters as counters;
/// Maps, with their cursors.
#[doc(inline)]
pub use rejoin_maps as maps;
/// Registers, with their cursors.
#[doc(inline)]
pub use rejoin_registers as registers;
/// Sets, with their cursors.
#[doc(inline)]
pub use rejoin_sets as sets;

#[cfg(feature = "laws")]
#[doc(inline)]
pub use rejoin_core::laws;
#[doc(inline)]
pub use rejoin_core::{
    Causal, Crdt, Decompose, Diff, Dot, DotStore, Edit, EntryChange, Hlc, HlcClock, Lamport,
    ReplicaId, ValueChange, Watch, WatchStore, Whole,
};
#[doc(inline)]
pub use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
#[doc(inline)]
pub use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
#[doc(inline)]
pub use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
#[doc(inline)]
pub use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
