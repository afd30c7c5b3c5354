#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;

mod histogram;
mod recent;

mod lag;
mod latency;
mod staleness;

mod health;
mod report;

mod observer;

pub use self::config::ObserveConfig;
pub use self::health::{Excess, Health, Limits};
pub use self::histogram::{Histogram, Summary};
pub use self::lag::Lag;
pub use self::latency::Latency;
pub use self::observer::Observer;
pub use self::report::Report;
pub use self::staleness::Staleness;
