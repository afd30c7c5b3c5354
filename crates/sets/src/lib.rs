#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "laws")]
mod arbitrary;
mod aw_bag;
mod aw_set;
mod g_set;
mod lww_element_set;
mod rw_set;
mod two_phase_set;

#[cfg(feature = "derive")]
#[doc(no_inline)]
pub use rejoin_core::Upgradable;
#[cfg(feature = "laws")]
#[doc(no_inline)]
pub use rejoin_core::laws;
#[doc(no_inline)]
pub use rejoin_core::{
    self, Causal, Crdt, Decompose, Diff, Dot, DotStore, Edit, EntryChange, Hlc, HlcClock, HlcError,
    Lamport, ReplicaId, Unknown, ValueChange, WallTime, Watch, WatchStore,
};

pub use self::aw_bag::{AwBag, AwBagCursor};
pub use self::aw_set::{AwSet, AwSetCursor};
pub use self::g_set::{GSet, GSetCursor};
pub use self::lww_element_set::{AddBias, Bias, LwwElementSet, LwwElementSetCursor, RemoveBias};
pub use self::rw_set::{RwSet, RwSetCursor};
pub use self::two_phase_set::{TwoPhaseSet, TwoPhaseSetCursor};
