//! The traits, the derives and the types, for a glob import.
//!
//! ```
//! use rejoin::prelude::*;
//!
//! let mut visits = GCounter::default();
//! visits.edit(ReplicaId::from_u128(1), |visits| visits.increment(1));
//! assert_eq!(visits.value(), 1);
//! ```

#[cfg(feature = "derive")]
#[doc(no_inline)]
pub use crate::Upgradable;
#[doc(no_inline)]
pub use crate::{
    AddBias, AwBag, AwSet, BoundedCounter, Causal, Crdt, Decompose, Diff, Dot, DotStore, Dotted,
    DwFlag, Edit, EntryChange, EwFlag, GCounter, GMap, GSet, Hlc, HlcClock, Lamport, LwwElementSet,
    LwwMap, LwwRegister, Max, Min, MvRegister, NodeId, OrMap, PnCounter, RemoveBias, ReplicaId,
    ResetCounter, RwSet, TwoPhaseSet, Unknown, ValueChange, WallTime, Watch, WatchStore, Whole,
};
