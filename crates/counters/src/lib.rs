#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "laws")]
mod arbitrary;
mod bounded_counter;
mod g_counter;
mod pn_counter;
mod reset_counter;

#[cfg(feature = "derive")]
#[doc(no_inline)]
pub use rejoin_core::Upgradable;
#[cfg(feature = "laws")]
#[doc(no_inline)]
pub use rejoin_core::laws;
#[doc(no_inline)]
pub use rejoin_core::{
    self, Causal, Crdt, Decompose, Diff, Dot, DotStore, Edit, NodeId, ReplicaId, RetireError,
    Unknown, ValueChange, Watch, WatchStore,
};

pub use self::bounded_counter::{BoundedCounter, BoundedCounterCursor, SpendError};
pub use self::g_counter::{GCounter, GCounterCursor};
pub use self::pn_counter::{PnCounter, PnCounterCursor};
pub use self::reset_counter::{ResetCounter, ResetCounterCursor};
