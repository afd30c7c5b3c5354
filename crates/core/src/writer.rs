use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use crate::Journal;

/// The writer's side of an edit: who edits, the context being extended, and the context of the
/// delta being recorded.
///
/// Only authors of new dot stores meet it. A write [mints](Writer::mint) a dot, puts its piece
/// under that dot into the value and into the delta, and [supersedes](Writer::supersede) the dots
/// that it replaces. A removal supersedes, and mints one dot for itself
/// ([`mint_removal`](Writer::mint_removal)), so that equal contexts mean equal states.
#[derive(Debug)]
pub struct Writer<'a> {
    replica: ReplicaId,
    /// The highest sequence number of the replica before this edit.
    before: u64,
    context: &'a mut CausalContext,
    delta: &'a mut CausalContext,
    foretold: &'a mut CausalContext,
    journal: &'a mut Journal,
}

impl<'a> Writer<'a> {
    /// A writer that extends `context`, and records in the context `delta` of a delta, and in
    /// `foretold`, which of those dots the delta says to be gone without bringing their writes.
    pub fn new(
        replica: ReplicaId,
        context: &'a mut CausalContext,
        delta: &'a mut CausalContext,
        foretold: &'a mut CausalContext,
        journal: &'a mut Journal,
    ) -> Self {
        let before = context.max(replica);
        Self { replica, before, context, delta, foretold, journal }
    }

    /// The same writer, borrowed for a part of the value.
    pub fn reborrow(&mut self) -> Writer<'_> {
        Writer {
            replica: self.replica,
            before: self.before,
            context: self.context,
            delta: self.delta,
            foretold: self.foretold,
            journal: self.journal,
        }
    }

    /// Who edits.
    #[must_use]
    pub fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// Whether `dot` was minted in this edit, so that nobody else can have seen it.
    #[must_use]
    pub fn is_fresh(&self, dot: Dot) -> bool {
        dot.replica() == self.replica && dot.seq() > self.before
    }

    /// A fresh dot for a piece that the caller puts into both the value and the delta.
    ///
    /// # Panics
    ///
    /// When this replica has used up all 2⁶⁴ − 1 sequence numbers, or a context from elsewhere
    /// claims so.
    pub fn mint(&mut self) -> Dot {
        let dot = self.mint_removal();
        self.journal.added(dot);
        dot
    }

    /// A fresh dot for a removal: in both contexts, with no piece under it.
    ///
    /// # Panics
    ///
    /// As [`mint`](Writer::mint).
    #[allow(clippy::expect_used, reason = "going on would use a dot twice and lose data silently")]
    pub fn mint_removal(&mut self) -> Dot {
        let dot =
            self.context.next(self.replica).expect("sequence numbers of this replica used up");
        self.context.insert(dot);
        self.delta.insert(dot);
        dot
    }

    /// Records that the piece under `dot` has been taken out of the value (and of the delta, if it
    /// was there).
    pub fn supersede(&mut self, dot: Dot) {
        if self.delta.insert(dot) {
            self.foretold.insert(dot);
        }
        self.journal.removed(dot);
    }

    /// What containers read.
    pub fn journal(&mut self) -> &mut Journal {
        self.journal
    }
}
