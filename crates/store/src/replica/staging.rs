//! Edits that are applied, and not durable yet.

use core::convert::Infallible;

use rejoin_core::Edit;

use super::Replica;
use crate::replicated::Replicated;

impl<S: Replicated> Replica<S> {
    /// Edits the value: applied at once, and neither durable nor sent until the caller has made the
    /// next [`pending`](Self::pending) durable.
    ///
    /// If `edit` panics, nothing has changed.
    pub fn stage<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> R
    where
        S: Edit,
    {
        let (result, delta) = self.apply_edit(edit);
        self.local.merge(delta);
        result
    }

    /// Joins a delta that was made elsewhere, as if it were a [staged](Self::stage) edit, and
    /// returns whether the value changed.
    pub fn stage_delta(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta.clone());
        if changed {
            self.touch();
            self.stats.edits += 1;
            self.local.merge(delta);
        }
        changed
    }

    /// As [`stage`](Self::stage), and also returns the delta.
    pub fn stage_apart<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> (R, S)
    where
        S: Edit,
    {
        let (result, delta) = self.apply_edit(edit);
        self.local.merge(delta.clone());
        (result, delta)
    }

    fn apply_edit<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> (R, S)
    where
        S: Edit,
    {
        let edit = |cursor: &mut S::Cursor<'_>| Ok::<R, Infallible>(edit(cursor));
        match self.state.try_edit(self.id, edit) {
            Ok(edited) => {
                self.touch();
                self.stats.edits += 1;
                edited
            }
            Err(never) => match never {},
        }
    }
}
