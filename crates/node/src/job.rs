//! An edit on its way through the engine.

use core::any::Any;
use std::panic::{self, AssertUnwindSafe};

use rejoin_core::Edit;
use rejoin_store::{RefusedEdit, Replica, Replicated};
use tokio::sync::oneshot;

use crate::error::NodeError;

/// An edit that a caller waits for.
pub(crate) trait Job<S>: Send {
    fn apply(&mut self, replica: &mut Replica<S>);
    fn finish(self: Box<Self>, committed: Result<(), NodeError>);
}

/// What became of an edit: a panic in it belongs to the caller, not to the node.
pub(crate) type Edited<R> = Result<R, Box<dyn Any + Send>>;

pub(crate) struct EditJob<F, R> {
    edit: Option<F>,
    edited: Option<Edited<Result<R, RefusedEdit>>>,
    reply: oneshot::Sender<Result<Edited<R>, NodeError>>,
}

impl<F, R> EditJob<F, R> {
    pub(crate) fn new(edit: F) -> (Self, oneshot::Receiver<Result<Edited<R>, NodeError>>) {
        let (reply, receiver) = oneshot::channel();
        (Self { edit: Some(edit), edited: None, reply }, receiver)
    }
}

impl<S, F, R> Job<S> for EditJob<F, R>
where
    S: Replicated + Edit,
    F: FnOnce(&mut S::Cursor<'_>) -> R + Send,
    R: Send,
{
    fn apply(&mut self, replica: &mut Replica<S>) {
        if let Some(edit) = self.edit.take() {
            let result = panic::catch_unwind(AssertUnwindSafe(|| replica.stage(edit)));
            self.edited = Some(result);
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), NodeError>) {
        let result = match (self.edited, committed) {
            (Some(Err(panic)), _) => Ok(Err(panic)),
            (Some(Ok(Err(refused))), _) => Err(NodeError::Refused(refused)),
            (Some(Ok(Ok(result))), Ok(())) => Ok(Ok(result)),
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(NodeError::Stopped), // never applied
        };
        let _ = self.reply.send(result); // the caller may have stopped waiting
    }
}
