//! Edits of objects.

use rejoin_core::Edit;
use rejoin_store::{RefusedEdit, Replica, Replicated, Time};

use super::Quorums;
use super::operation::{Running, Ticket};
use super::waiting::Waiting;
use crate::division::Division;
use crate::level::Level;

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// Edits the replica's value, as [`Replica::stage`] does, and brings the edit to the voters as
    /// soon as it is durable here.
    ///
    /// It ends when as many voters as `level` asks for have it, of each object that it touches, one
    /// by one: a reader may see some of them before others. An edit is never taken back: one that
    /// ends with [`OperationError::Indeterminate`](crate::OperationError::Indeterminate) may have
    /// taken effect, or may do so later.
    ///
    /// It takes the time of encoding the objects that it touches.
    ///
    /// # Errors
    ///
    /// As [`Replica::stage`], and when an object would be longer than
    /// [`QuorumConfig::max_object`](crate::QuorumConfig::max_object), so that it could not be read
    /// any more. Then nothing has changed.
    pub fn stage<R>(
        &mut self,
        replica: &mut Replica<S>,
        level: Level,
        deadline: Time,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
    ) -> Result<(R, Ticket), RefusedEdit>
    where
        S: Edit,
    {
        let limit = self.config.max_object;
        let mut parts = Vec::new();
        let result = replica.stage_if(edit, |after, delta| {
            parts = O::split(delta.clone());
            for (key, _) in &parts {
                let bytes = rejoin_codec::encoded_len(&O::object(after, key))?;
                if bytes > limit {
                    return Err(RefusedEdit::TooLong { bytes, limit });
                }
            }
            Ok(())
        })?;
        let ticket = self.issue();
        self.running.insert(ticket, Running { left: parts.len(), round_trips: 0, error: None });
        self.waiting.push(Waiting::Update { ticket, parts, level, deadline });
        Ok((result, ticket))
    }
}
