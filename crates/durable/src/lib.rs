#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod progress;

mod memory;
mod storage;

mod durable;
mod loading;
mod stored;
mod unreadable;

pub use rejoin_codec::{EncodeError, SealError};
pub use rejoin_shape::{Scalar, Shape, ShapeError, ShapeMismatch};
pub use rejoin_store::{Config, NodeId, RefusedEdit, ReplicaId, Replicated};

pub use self::durable::Durable;
pub use self::error::{CommitError, EpochError, LoadError, MigrateError};
pub use self::memory::Memory;
pub use self::progress::Progress;
pub use self::storage::{Snapshot, Storage, Stored};
pub use self::unreadable::{RecordError, Unreadable};
