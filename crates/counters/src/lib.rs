#![doc = include_str!("../README.md")]
#![no_std]

mod g_counter;
mod pn_counter;

pub use rejoin_core::*;

pub use self::g_counter::{GCounter, GCounterCursor};
pub use self::pn_counter::{PnCounter, PnCounterCursor};
