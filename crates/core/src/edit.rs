use core::convert::Infallible;
use core::mem;

use rejoin_clocks::ReplicaId;

use crate::{Crdt, Draft};

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
/// A cursor borrows the value and a [`Draft`] of the edit. Each type has its own cursor with
/// inherent methods; the cursor of a map hands out the cursors of its values, and the derives write
/// one method per field. One edit, however many fields it touches, is one delta.
///
/// **An edit happens as a whole or not at all.** When the closure panics, when the closure of
/// [`try_edit`](Edit::try_edit) returns an error, or when [`edit_if`](Edit::edit_if) does not
/// accept it, the value is what it was before, and so is the next dot of the replica.
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

    /// A cursor that edits `self`. It joins what it changes into the delta of the draft, at once or
    /// when it is [settled](Edit::settle), and keeps in the draft what [`undo`](Edit::undo) needs.
    ///
    /// This is what a containing type calls; to edit, call [`edit`](Edit::edit).
    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> Self::Cursor<'a>;

    /// Puts into the draft what cursors have changed and not yet recorded there.
    ///
    /// A containing type calls it after its last cursor into `self`, with the same draft. Types
    /// whose cursors record every step have nothing to do here.
    fn settle(&mut self, draft: Draft<'_, Self>) {
        _ = draft;
    }

    /// Takes an edit back: `delta` is what it has changed, `before` what its draft kept.
    ///
    /// The provided one is for types that [keep](Draft::keep) all of the value before the first
    /// change.
    fn undo(&mut self, delta: &Self, before: Self) {
        if !delta.is_bottom() {
            *self = before;
        }
    }

    /// Edits `self` as `replica`, and returns the delta: `after = before ⊔ delta`.
    ///
    /// `edit`'s own result is dropped: see [`try_edit`](Edit::try_edit). `replica` must be an id
    /// that nothing else edits under, at this moment or from an older copy of the value (see
    /// [`ReplicaId`]). If `edit` panics, nothing has changed.
    #[inline]
    fn edit<R>(
        &mut self,
        replica: ReplicaId,
        edit: impl FnOnce(&mut Self::Cursor<'_>) -> R,
    ) -> Self {
        let edit = |cursor: &mut Self::Cursor<'_>| {
            edit(cursor);
            Ok::<(), Infallible>(())
        };
        match self.try_edit(replica, edit) {
            Ok(((), delta)) => delta,
            Err(never) => match never {},
        }
    }

    /// Edits `self` as `replica`, and returns what `edit` returned with the delta.
    ///
    /// # Errors
    ///
    /// Those of `edit`. Then nothing has changed.
    #[inline]
    fn try_edit<R, E>(
        &mut self,
        replica: ReplicaId,
        edit: impl FnOnce(&mut Self::Cursor<'_>) -> Result<R, E>,
    ) -> Result<(R, Self), E> {
        self.edit_if(replica, edit, |_, _| Ok(()))
    }

    /// Edits `self` as `replica`, and keeps the edit if `accept` accepts the value as it is then,
    /// and the delta: if that can be encoded, say, and is not too long.
    ///
    /// # Errors
    ///
    /// Those of `edit` and `accept`. Then nothing has changed.
    #[inline]
    fn edit_if<R, E>(
        &mut self,
        replica: ReplicaId,
        edit: impl FnOnce(&mut Self::Cursor<'_>) -> Result<R, E>,
        accept: impl FnOnce(&Self, &Self) -> Result<(), E>,
    ) -> Result<(R, Self), E> {
        let mut attempt = Attempt::new(self, replica);
        let result = edit(&mut attempt.cursor())?;
        attempt.settle();
        accept(attempt.value, &attempt.delta)?;
        Ok((result, attempt.keep()))
    }
}

/// An edit that is undone when it is dropped, in a panic too, unless it is kept.
struct Attempt<'a, T: Edit> {
    value: &'a mut T,
    replica: ReplicaId,
    delta: T,
    before: T,
    is_kept: bool,
}

impl<'a, T: Edit> Attempt<'a, T> {
    #[inline]
    fn new(value: &'a mut T, replica: ReplicaId) -> Self {
        Self { value, replica, delta: T::default(), before: T::default(), is_kept: false }
    }

    #[inline]
    fn cursor(&mut self) -> T::Cursor<'_> {
        self.value.cursor(Draft::new(self.replica, &mut self.delta, &mut self.before))
    }

    #[inline]
    fn settle(&mut self) {
        self.value.settle(Draft::new(self.replica, &mut self.delta, &mut self.before));
    }

    #[inline]
    fn keep(mut self) -> T {
        self.is_kept = true;
        mem::take(&mut self.delta)
    }
}

impl<T: Edit> Drop for Attempt<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_kept {
            self.settle();
            self.value.undo(&self.delta, mem::take(&mut self.before));
        }
    }
}
