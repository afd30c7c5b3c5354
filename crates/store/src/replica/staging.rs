//! Edits that are applied, and not durable yet.

use rejoin_core::{Edit, ReplicaId};

use super::Replica;
use super::refused::RefusedEdit;
use crate::delta;
use crate::replicated::Replicated;

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
        let (result, delta, encoded) = self.apply_edit(edit)?;
        self.inner.content.push_edit(delta, encoded);
        Ok(result)
    }

    /// Joins a delta that was made elsewhere, as if it were a [staged](Self::stage) edit, and
    /// returns whether the value changed.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    pub fn stage_delta(&mut self, delta: S) -> Result<bool, RefusedEdit> {
        let encoded = encode(&delta, self.id(), self.config().max_value)?;
        let changed = self.inner.content.state.merge(delta.clone());
        if changed {
            self.inner.touch();
            self.inner.stats.edits += 1;
            self.inner.content.push_edit(delta, encoded);
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
        let (result, delta, encoded) = self.apply_edit(edit)?;
        self.inner.content.push_edit(delta.clone(), encoded);
        Ok((result, delta))
    }

    fn apply_edit<R>(
        &mut self,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
    ) -> Result<(R, S, Vec<u8>), RefusedEdit>
    where
        S: Edit,
    {
        let (id, limit) = (self.id(), self.config().max_value);
        let mut encoded = Vec::new();
        let accept = |delta: &S| -> Result<(), RefusedEdit> {
            encoded = encode(delta, id, limit)?;
            Ok(())
        };
        let state = &mut self.inner.content.state;
        let (result, delta) = state.edit_if(id, |cursor| Ok(edit(cursor)), accept)?;
        self.inner.touch();
        self.inner.stats.edits += 1;
        Ok((result, delta, encoded))
    }
}

/// How deep an edit may nest: less than the codec reads, because messages of layers above enclose
/// values.
const MAX_DEPTH: usize = 120;

/// The encoding of a delta, from which it has been read back.
fn encode<S: Replicated>(delta: &S, own: ReplicaId, limit: usize) -> Result<Vec<u8>, RefusedEdit> {
    let encoded = delta::codec(&[own]).with_max_depth(MAX_DEPTH).to_vec_checked(delta)?;
    match encoded.len() {
        bytes if bytes > limit => Err(RefusedEdit::TooLong { bytes, limit }),
        _ => Ok(encoded),
    }
}
