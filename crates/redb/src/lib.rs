#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod backend;
mod create;
mod error;
mod storage;
mod tables;

pub use self::error::RedbError;
pub use self::storage::RedbStorage;
