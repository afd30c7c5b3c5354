//! Edits that are applied, and not durable yet.

use core::mem;

use rejoin_core::{Crdt, Edit};

use super::Replica;
use crate::replicated::Replicated;

impl<S: Replicated> Replica<S> {
    /// Edits the value: applied at once, and neither durable nor sent until the caller has made the
    /// next [`pending`](Self::pending) durable.
    ///
    /// Whatever has been written before `edit` panics is kept, as one would expect of a `Vec`.
    pub fn stage<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> R
    where
        S: Edit,
    {
        self.touch(); // first: a panic in `edit` must not let anything out undurable
        self.stats.edits += 1;
        let unsettled = Unsettled { state: &mut self.state, local: &mut self.local };
        edit(&mut unsettled.state.cursor(unsettled.local, self.id))
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
        self.touch();
        self.stats.edits += 1;
        let mut apart = Apart { delta: S::default(), local: &mut self.local };
        let unsettled = Unsettled { state: &mut self.state, local: &mut apart.delta };
        let result = edit(&mut unsettled.state.cursor(unsettled.local, self.id));
        drop(unsettled);
        (result, apart.delta.clone())
    }
}

/// Keeps a delta for what leaves this replica, also after a panic.
struct Apart<'a, S: Crdt> {
    delta: S,
    local: &'a mut S,
}

impl<S: Crdt> Drop for Apart<'_, S> {
    fn drop(&mut self) {
        self.local.merge(mem::take(&mut self.delta));
    }
}

/// Settles an edit, also one that panics.
struct Unsettled<'a, S: Edit> {
    state: &'a mut S,
    local: &'a mut S,
}

impl<S: Edit> Drop for Unsettled<'_, S> {
    fn drop(&mut self) {
        self.state.settle(self.local);
    }
}
