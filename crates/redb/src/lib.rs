#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod damage;
mod error;
mod salvage;
mod storage;

mod backend;
mod create;
mod head;
mod held;
mod identity;
mod record;
mod survey;
mod tables;

pub use self::damage::{Damage, DamagedPart};
pub use self::error::RedbError;
pub use self::salvage::Salvaged;
pub use self::storage::RedbStorage;
