#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod error;

mod context;
mod frame;

mod connect;
mod connection;

mod tcp;

pub use self::config::TcpConfig;
pub use self::error::ConnectionError;
pub use self::tcp::Tcp;
