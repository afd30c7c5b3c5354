#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod aw_set;
mod g_set;

pub use rejoin_core::*;

pub use self::aw_set::{AwSet, AwSetCursor};
pub use self::g_set::{GSet, GSetCursor};
