#![doc = include_str!("../README.md")]

mod create;
mod error;
mod storage;

pub use self::error::RedbError;
pub use self::storage::RedbStorage;
