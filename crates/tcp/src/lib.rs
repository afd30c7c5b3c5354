#![doc = include_str!("../README.md")]

mod config;
mod node;

mod error;
mod stats;

mod connect;
mod connection;
mod context;
mod driver;
mod engine;
mod frame;
mod hello;
mod objects;
mod observe;
mod telemetry;
mod votes;

pub use self::config::NodeConfig;
pub use self::error::{ConnectionError, NodeError};
pub use self::node::Node;
pub use self::objects::Objects;
pub use self::stats::NodeStats;
