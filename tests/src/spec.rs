//! What each type of the crates means: a [`Spec`](crate::oracle::Spec) for each, in plain data.

mod causal;
mod counters;
mod dotted;
mod flags;
mod maps;
mod observed;
mod plain;
mod product;
mod registers;
mod sets;

pub use self::causal::StoreSubject;
pub use self::counters::{CounterOp, Direction};
pub use self::dotted::DottedOp;
pub use self::maps::MapOp;
pub use self::observed::{BagOp, RwOp};
pub use self::plain::Plain;
pub use self::product::{Both, Either};
pub use self::registers::RegisterOp;
pub use self::sets::SetOp;
