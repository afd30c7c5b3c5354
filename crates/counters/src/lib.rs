#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

#[cfg(feature = "laws")]
mod arbitrary;
mod bounded_counter;
mod g_counter;
mod pn_counter;
mod reset_counter;

#[doc(no_inline)]
pub use rejoin_core::*;

pub use self::bounded_counter::{BoundedCounter, BoundedCounterCursor, SpendError};
pub use self::g_counter::{GCounter, GCounterCursor};
pub use self::pn_counter::{PnCounter, PnCounterCursor};
pub use self::reset_counter::{ResetCounter, ResetCounterCursor};
