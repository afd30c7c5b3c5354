//! What a node does while its storage fails.

use core::error::Error;
use core::time::Duration;
use std::sync::Arc;

use rejoin_store::Time;

use crate::error::NodeError;

/// When to try again to make durable what could not be.
pub(crate) const RETRY: Duration = Duration::from_millis(250);

/// A commit has failed. Until one succeeds, edits and messages are refused: what waits for the
/// storage is no more than what was there when it failed, however often clients try.
pub(crate) struct Suspension {
    error: Arc<dyn Error + Send + Sync>,
    retry_at: Time,
}

impl Suspension {
    pub(crate) fn new(now: Time, error: Arc<dyn Error + Send + Sync>) -> Self {
        Self { error, retry_at: now + RETRY }
    }

    /// Whether it is time to try again.
    pub(crate) fn is_over(&self, now: Time) -> bool {
        self.retry_at <= now
    }

    /// What an edit or operation gets that is refused.
    pub(crate) fn refusal(&self) -> NodeError {
        NodeError::Suspended(Arc::clone(&self.error))
    }
}
