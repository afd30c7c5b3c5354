#![doc = include_str!("../README.md")]

mod config;
mod error;

mod context;
mod frame;
mod hello;

mod connect;
mod connection;

mod tcp;

pub use self::config::TcpConfig;
pub use self::error::ConnectionError;
pub use self::tcp::Tcp;
