#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod error;
mod job;
mod stats;
mod suspension;

mod counters;
mod telemetry;

mod observed;

mod votes;

mod engine;

mod context;
mod data_set;
mod greeting;
mod link;
mod misfits;

mod driver;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod publisher;

mod objects;
mod transport;

mod node;

pub use rejoin_store::{RefusedEdit, Replicated};

pub use self::config::NodeConfig;
pub use self::error::{NodeError, RefusedMessage};
pub use self::greeting::{Greeting, GreetingError, GreetingMismatch};
pub use self::link::{Incoming, Link, Messages, Refused};
pub use self::node::Node;
pub use self::objects::Objects;
pub use self::stats::NodeStats;
pub use self::transport::Transport;
