//! Edits that are applied, and not durable yet.

use rejoin_codec::Codec;
use rejoin_core::Edit;

use super::Replica;
use super::refused::RefusedEdit;
use crate::replicated::Replicated;

/// How deep an edit may nest: less than the codec reads, because messages and records enclose it.
const MAX_DEPTH: usize = 120;

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
        let (result, delta) = self.apply_edit(edit)?;
        self.local.merge(delta);
        Ok(result)
    }

    /// Joins a delta that was made elsewhere, as if it were a [staged](Self::stage) edit, and
    /// returns whether the value changed.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    pub fn stage_delta(&mut self, delta: S) -> Result<bool, RefusedEdit> {
        check(&delta, self.config.max_value)?;
        let changed = self.state.merge(delta.clone());
        if changed {
            self.touch();
            self.stats.edits += 1;
            self.local.merge(delta);
        }
        Ok(changed)
    }

    /// As [`stage`](Self::stage), and also returns the delta.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    pub fn stage_apart<R>(
        &mut self,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
    ) -> Result<(R, S), RefusedEdit>
    where
        S: Edit,
    {
        let (result, delta) = self.apply_edit(edit)?;
        self.local.merge(delta.clone());
        Ok((result, delta))
    }

    fn apply_edit<R>(
        &mut self,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
    ) -> Result<(R, S), RefusedEdit>
    where
        S: Edit,
    {
        let limit = self.config.max_value;
        let accept = |delta: &S| check(delta, limit);
        let edited = self.state.edit_if(self.id, |cursor| Ok(edit(cursor)), accept)?;
        self.touch();
        self.stats.edits += 1;
        Ok(edited)
    }
}

/// Reads a delta back from its encoding.
fn check<S: Replicated>(delta: &S, limit: usize) -> Result<(), RefusedEdit> {
    let codec = Codec::new().with_max_depth(MAX_DEPTH);
    match codec.to_vec_checked(delta)?.len() {
        bytes if bytes > limit => Err(RefusedEdit::TooLong { bytes, limit }),
        _ => Ok(()),
    }
}
