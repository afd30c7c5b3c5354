use alloc::boxed::Box;

use crate::{Crdt, Whole};

/// A lattice whose edits can be removed one by one, and so a value for `Dotted`.
///
/// # Law
///
/// **No edit counts on from an earlier one.** What the edits that are left say together is the same
/// whichever others were made and have been removed.
///
/// A `Max`, a set, or a register with stamps obeys it. What numbers its edits by replica does not:
/// a counter, whose entry is a total, or a [`Causal<S>`](crate::Causal), whose dots are counted.
/// When all was removed the numbers begin again, and then a later edit looks like an earlier one
/// that another replica has seen, and is lost there. (a: +10; b has a copy of that; a: remove, +5;
/// both together: 10.) A counter that can be removed is `ResetCounter`, whose numbers are those of
/// the context around it, as are those of any dot store.
///
/// [`#[derive(Unnumbered)]`](macro@crate::Unnumbered) says it of a struct of such lattices.
#[diagnostic::on_unimplemented(
    message = "edits of `{Self}` may count on from earlier ones, so they cannot be removed one by one",
    label = "what is written after a removal could be lost",
    note = "a counter that can be removed is `ResetCounter`; `Dotted<Causal<S>>` is plain `S`, because the context is shared",
    note = "a struct of lattices that do not count, or an enum of phases: `#[derive(Unnumbered)]`"
)]
pub trait Unnumbered: Crdt {}

impl Unnumbered for () {}

impl<T: Unnumbered> Unnumbered for Box<T> {}

impl<T: Unnumbered> Unnumbered for Whole<T> {}
