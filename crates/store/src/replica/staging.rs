//! Edits that are applied, and not durable yet.

use rejoin_content::{RefusedEdit, Replicated};
use rejoin_core::Edit;

use super::Replica;

impl<S: Replicated> Replica<S> {
    /// Edits the value: applied at once, and neither durable nor sent until the caller has made the
    /// next [`pending`](Self::pending) durable.
    ///
    /// An edit that is kept has been read back from its encoding. If `edit` panics, nothing has
    /// changed.
    ///
    /// # Errors
    ///
    /// When what the edit changes cannot be encoded and read back, or is longer than
    /// [`Config::max_value`](crate::Config::max_value). Then nothing has changed.
    pub fn stage<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> Result<R, RefusedEdit>
    where
        S: Edit,
    {
        let (id, limit) = (self.id(), self.config().max_value);
        let result = self.inner.content.stage(id, limit, edit)?;
        self.inner.note_edit();
        Ok(result)
    }

    /// Joins a delta that was made elsewhere, as if it were a [staged](Self::stage) edit, and
    /// returns whether the value changed.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    pub fn stage_delta(&mut self, delta: S) -> Result<bool, RefusedEdit> {
        let (id, limit) = (self.id(), self.config().max_value);
        let changed = self.inner.content.stage_delta(id, limit, delta)?;
        if changed {
            self.inner.note_edit();
        }
        Ok(changed)
    }

    /// As [`stage`](Self::stage), if `accept` accepts the value as it is then, and the delta.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage), and those of `accept`.
    pub fn stage_if<R>(
        &mut self,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
        accept: impl FnOnce(&S, &S) -> Result<(), RefusedEdit>,
    ) -> Result<R, RefusedEdit>
    where
        S: Edit,
    {
        let (id, limit) = (self.id(), self.config().max_value);
        let result = self.inner.content.stage_if(id, limit, edit, accept)?;
        self.inner.note_edit();
        Ok(result)
    }
}
