//! What each type of the crates means: a [`Spec`](crate::oracle::Spec) for each, in plain data.

mod bounded;
mod causal;
mod claims;
mod counters;
mod document;
mod dotted;
mod flags;
mod json;
mod maps;
mod observed;
mod product;
mod registers;
mod sets;
mod stamped;
mod two_phase;

pub use self::bounded::{BoundedOp, rights, total};
pub use self::causal::StoreSubject;
pub use self::claims::Claims;
pub use self::counters::{CounterOp, Direction};
pub use self::document::Document;
pub use self::dotted::{DottedOp, Lattice, Write};
pub use self::json::{Json, JsonOp, Scalar};
pub use self::maps::MapOp;
pub use self::observed::{BagOp, RwOp};
pub use self::product::{Both, Either};
pub use self::registers::RegisterOp;
pub use self::sets::SetOp;
pub use self::stamped::StampedOp;
pub use self::two_phase::FinalOp;
