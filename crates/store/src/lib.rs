#![doc = include_str!("../README.md")]

mod replicated;

mod config;
mod time;

mod message;
mod record;
mod replica;
mod stats;

mod durable;
mod keyed;
mod lww;
mod storage;
mod written;

pub mod check;
pub mod consistency;
pub mod gossip;
pub mod observe;
pub mod sim;

pub use rejoin_core::ReplicaId;

pub use self::config::Config;
pub use self::durable::{CommitError, Durable, EpochError, Progress};
pub use self::keyed::{Expiring, ExpiringCursor, Keyed, PutError, Siblings, Store};
pub use self::lww::{LwwError, LwwStore};
pub use self::message::Kind;
pub use self::record::Record;
pub use self::replica::{Buffered, Group, HandleError, Handled, Replica, Transmit};
pub use self::replicated::Replicated;
pub use self::stats::{Count, Stats, Traffic};
pub use self::storage::{LoadError, Memory, Snapshot, Storage};
pub use self::time::Time;
pub use self::written::Written;
pub use rejoin_codec::{EncodeError, SealError};
