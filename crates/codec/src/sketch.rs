//! What stands where in the data, for structs whose versions differ: the names of fields, and the
//! kinds of what is in them, so that a reader can keep a field that it does not know.
//!
//! A sketch is a tree of places. It follows from the data: a place is there if something came to
//! it, and so equal values have equal sketches, whatever versions of their types made them. Outside
//! of such structs, it has only the ways to them.

mod drawing;
mod names;
mod reading;

use rejoin_core::wire::Kind;

pub(crate) use self::drawing::Drawing;
pub(crate) use self::reading::{NextField, Reading};

/// A place in a sketch, or [`NOWHERE`].
pub(crate) type Place = u32;

/// Of what has no place, as nothing there is in a struct whose versions differ.
pub(crate) const NOWHERE: Place = u32::MAX;

/// How many places may be within each other, for each container that may be.
const DEPTH_FACTOR: usize = 4;

/// The bits of the first byte of a place that hold its kind; the others are how many places are
/// below it, or that there are [`MANY`] or more.
const KIND_BITS: u32 = 5;

const MANY: usize = 7;

/// How many places are below one of this kind, if the kind says so.
fn fixed(kind: Kind) -> Option<usize> {
    match kind {
        Kind::Option | Kind::List | Kind::Values => Some(1),
        Kind::Map => Some(2),
        Kind::Tuple | Kind::Variants | Kind::Fields => None,
        _ => Some(0),
    }
}
