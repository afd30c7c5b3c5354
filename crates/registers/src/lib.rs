#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "laws")]
mod arbitrary;
mod extreme;
mod flag;
mod lww_register;
mod mv_register;

#[cfg(feature = "derive")]
#[doc(no_inline)]
pub use rejoin_core::Upgradable;
#[cfg(feature = "laws")]
#[doc(no_inline)]
pub use rejoin_core::laws;
#[doc(no_inline)]
pub use rejoin_core::{
    self, Causal, Crdt, Decompose, Diff, Dot, DotStore, Edit, Hlc, HlcClock, HlcError, Lamport,
    ReplicaId, Unknown, ValueChange, WallTime, Watch, WatchStore,
};

pub use self::extreme::{Max, MaxCursor, Min, MinCursor};
pub use self::flag::{DwFlag, DwFlagCursor, EwFlag, EwFlagCursor};
pub use self::lww_register::{LwwRegister, LwwRegisterCursor};
pub use self::mv_register::{MvRegister, MvRegisterCursor, TooManySiblings};
