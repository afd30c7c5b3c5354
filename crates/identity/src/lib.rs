#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod identity;

pub use rejoin_clocks::{NodeId, ReplicaId};

pub use self::error::IdentityError;
pub use self::identity::Identity;
