#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

#[cfg(feature = "laws")]
mod arbitrary;
mod dotted;
mod g_map;
mod lww_map;
mod or_map;

#[doc(no_inline)]
pub use rejoin_core::*;

pub use self::dotted::{Dotted, DottedCursor};
pub use self::g_map::{GMap, GMapCursor, GMapDigest};
pub use self::lww_map::{LwwMap, LwwMapCursor};
pub use self::or_map::{OrMap, OrMapCursor};
