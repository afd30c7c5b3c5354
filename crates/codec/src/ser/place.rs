use alloc::boxed::Box;

use crate::columns::Prefix;
use crate::sketch;

/// Where a value stands, which decides how it is written.
pub(crate) enum Place<'a> {
    /// Anywhere else.
    Plain,
    /// A key of a map: a text shares a prefix with the one before.
    Key(&'a mut Prefix),
    /// A dot store: the next sequence is one of dots, or of pairs of a dot and a value.
    Store,
    /// An element of a dot store, or the dot in one.
    Element(&'a mut Listed),
    /// In a dot or a replica id: nothing is written, but told.
    Telling,
    /// A struct whose versions differ.
    Fields,
    /// A pair of the name of a variant and its content.
    Variant,
    /// The name of a variant, which is not written, but told.
    VariantName(&'a mut Option<Box<str>>),
    /// The name of a field of a struct whose versions differ: its number and its place are found.
    FieldName(&'a mut (usize, sketch::Place)),
}

/// The dots of one store so far.
pub(crate) struct Listed {
    /// How many there are in all.
    pub(super) count: usize,
    /// The last one, if they are listed and not in runs.
    pub(super) last: Option<(usize, u64)>,
}
