#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod stats;

mod delta;
mod event;
mod notes;
mod record;

mod message;
mod replica;

pub use rejoin_codec::{EncodeError, SealError};
pub use rejoin_content::{RefusedEdit, Replicated};
pub use rejoin_core::{NodeId, ReplicaId, WallTime};
pub use rejoin_gossip::{GroupClock, Time};

pub use self::config::Config;
pub use self::delta::Delta;
pub use self::event::Event;
#[cfg(feature = "inspect")]
pub use self::message::alter_frame;
pub use self::record::Record;
pub use self::replica::{Buffered, HandleError, Handled, Pending, Replica, Transmit};
pub use self::stats::{Count, Kind, Stats, Traffic};
