#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod deltas;
mod time;

mod frame;
mod group_clock;

mod gossip;

mod causal_delivery;

mod arrived;
mod link;
mod log;

pub use self::causal_delivery::CausalDelivery;
pub use self::config::GossipConfig;
pub use self::deltas::Deltas;
pub use self::frame::{Acks, DeltaGroup, Frame, LazyDigest, LinkSession, Subscription};
pub use self::gossip::{Gossip, News};
pub use self::group_clock::GroupClock;
pub use self::time::Time;
