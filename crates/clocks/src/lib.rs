#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "laws")]
mod arbitrary;

mod replica_id;

mod node_id;

mod dot;

mod version_vector;

mod dotted_version_vector;

mod causal_context;

mod wall_time;

mod hlc;
mod hlc_clock;
mod lamport;

mod error;

#[cfg(feature = "serde")]
pub mod announce;
mod run;
mod search;

pub use crate::causal_context::{CausalContext, CausalDigest, Windows};
pub use crate::dot::Dot;
pub use crate::dotted_version_vector::DottedVersionVector;
pub use crate::error::{HlcError, InvalidClock, InvalidContext};
pub use crate::hlc::Hlc;
pub use crate::hlc_clock::HlcClock;
pub use crate::lamport::Lamport;
pub use crate::node_id::{NodeId, ParseNodeIdError};
pub use crate::replica_id::{ParseReplicaIdError, ReplicaId};
pub use crate::version_vector::VersionVector;
pub use crate::wall_time::WallTime;
