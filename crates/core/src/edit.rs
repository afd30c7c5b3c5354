use rejoin_clocks::ReplicaId;

use crate::Crdt;

/// Values that are edited through a *cursor*, which applies each edit and records its delta.
///
/// ```
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet, Edit, ReplicaId};
///
/// let alice = ReplicaId::from_u128(1);
/// let mut here = Causal::<DotMap<&str, DotSet>>::default();
/// let delta = here.edit(alice, |tags| tags.entry("red").write());
///
/// let mut there = Causal::<DotMap<&str, DotSet>>::default();
/// there.merge(delta); // all that `here` has changed, and nothing else
/// assert_eq!(there, here);
/// ```
///
/// A cursor borrows the value, the delta being recorded, and knows the writer. Each type has its
/// own cursor with inherent methods; the cursor of a map hands out the cursors of its values, and
/// the derives write one method a field. One edit, however many fields it touches, is one delta.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no cursor, so it cannot be edited in place",
    label = "cannot be edited",
    note = "a dot store such as `AwSet` or `OrMap` is edited together with its context: use `Causal<{Self}>`",
    note = "a struct gets its cursor from `#[derive(Crdt)]`; a field that has only a `merge` is marked `#[crdt(join)]`, or wrapped as `Whole<{Self}>`, and one that is not replicated `#[crdt(skip)]`"
)]
pub trait Edit: Crdt {
    /// The cursor: the editing methods of this type.
    type Cursor<'a>
    where
        Self: 'a;

    /// A cursor that edits `self` as `replica`, and joins what it changes into `delta`, at once or
    /// when it is [settled](Edit::settle).
    ///
    /// This is what a containing type calls; to edit, call [`edit`](Edit::edit).
    fn cursor<'a>(&'a mut self, delta: &'a mut Self, replica: ReplicaId) -> Self::Cursor<'a>;

    /// Joins into `delta` what cursors have changed and not yet recorded there.
    ///
    /// A containing type calls it after its last cursor into `self`, with the same `delta`, and so
    /// does a caller of [`cursor`](Edit::cursor). Types whose cursors record every step have nothing
    /// to do here.
    fn settle(&mut self, delta: &mut Self) {
        _ = delta;
    }

    /// Edits `self` as `replica`, and returns the delta: `after = before ⊔ delta`.
    ///
    /// `f`'s own result is dropped. `replica` must be an id that nobody else edits under, at this
    /// moment or from an older copy of the value (see [`ReplicaId`]).
    #[inline]
    fn edit<R>(&mut self, replica: ReplicaId, f: impl FnOnce(&mut Self::Cursor<'_>) -> R) -> Self {
        let mut delta = Self::default();
        f(&mut self.cursor(&mut delta, replica));
        self.settle(&mut delta);
        delta
    }
}
