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

/// Durable replicas: an edit is on the disk when it answers `Ok`.
#[cfg(feature = "store")]
#[doc(inline)]
pub use rejoin_durable as durable;
/// Durable replicas as tokio tasks.
#[cfg(feature = "tcp")]
#[doc(inline)]
pub use rejoin_node as node;
/// What a replica measures: lag, staleness, health.
#[cfg(feature = "store")]
#[doc(inline)]
pub use rejoin_observe as observe;
/// Quorum and linearizable reads and writes.
#[cfg(feature = "store")]
#[doc(inline)]
pub use rejoin_quorum as quorum;
/// The storage of a replica in one file.
#[cfg(feature = "redb")]
#[doc(inline)]
pub use rejoin_redb as redb;
/// Session guarantees by tokens.
#[cfg(feature = "store")]
#[doc(inline)]
pub use rejoin_session as session;
/// A simulated network and checkers of histories.
#[cfg(feature = "sim")]
#[doc(inline)]
pub use rejoin_sim as sim;
/// The replica: the exchange of deltas and states, without I/O.
#[cfg(feature = "store")]
#[doc(inline)]
pub use rejoin_store as store;
/// The transport over TCP.
#[cfg(feature = "tcp")]
#[doc(inline)]
pub use rejoin_tcp as tcp;

#[cfg(feature = "derive")]
#[doc(inline)]
pub use rejoin_core::Upgradable;
#[cfg(feature = "laws")]
#[doc(inline)]
pub use rejoin_core::laws;
#[doc(inline)]
pub use rejoin_core::{
    Causal, Crdt, Decompose, Diff, Dot, DotStore, Edit, EntryChange, Hlc, HlcClock, Lamport,
    NodeId, ReplicaId, Unknown, Unnumbered, ValueChange, WallTime, Watch, WatchStore, Whole,
};
#[doc(inline)]
pub use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
#[doc(inline)]
pub use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
#[doc(inline)]
pub use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
#[doc(inline)]
pub use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
