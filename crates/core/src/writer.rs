use rejoin_clocks::{CausalContext, Dot, ReplicaId};
use smallvec::SmallVec;

use crate::store::Journal;

/// What an edit has done: enough to find its delta in the value.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The first dot that it minted, and the sequence number of the last; the same replica's.
    pub(crate) minted: Option<(Dot, u64)>,
    /// Whether there are pieces under some of them: removals have none.
    pub(crate) has_pieces: bool,
    /// The dots that it took out, in any order.
    pub(crate) superseded: SmallVec<[Dot; 1]>,
}

impl Record {
    /// Whether the edit minted `dot`.
    pub(crate) fn is_fresh(&self, dot: Dot) -> bool {
        self.minted.is_some_and(|(first, last)| {
            first.replica() == dot.replica() && (first.seq()..=last).contains(&dot.seq())
        })
    }
}

/// The writer's side of an edit: who edits, the context being extended, and the record from which
/// the delta is made.
///
/// Only authors of new dot stores meet it. A write [mints](Writer::mint) a dot, puts its piece
/// under that dot into the value, and [supersedes](Writer::supersede) the dots that it replaces. A
/// removal supersedes, and mints one dot for itself ([`mint_removal`](Writer::mint_removal)), so
/// that equal contexts mean equal states.
#[derive(Debug)]
pub struct Writer<'a> {
    replica: ReplicaId,
    context: &'a mut CausalContext,
    record: &'a mut Record,
    journal: &'a mut Journal,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        replica: ReplicaId,
        context: &'a mut CausalContext,
        record: &'a mut Record,
        journal: &'a mut Journal,
    ) -> Self {
        Self { replica, context, record, journal }
    }

    /// The same writer, borrowed for a part of the value.
    pub fn reborrow(&mut self) -> Writer<'_> {
        Writer {
            replica: self.replica,
            context: self.context,
            record: self.record,
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
        self.record.is_fresh(dot)
    }

    /// A fresh dot for a piece that the caller puts into the value.
    ///
    /// # Panics
    ///
    /// When this replica has used up all 2⁶⁴ − 1 sequence numbers, or a context from elsewhere
    /// claims so.
    #[inline] // so that the dot is put together where it is stored
    pub fn mint(&mut self) -> Dot {
        let dot = self.mint_unnoted();
        self.journal.added(dot);
        dot
    }

    /// A fresh dot that the caller notes in the journal, if anybody wants to know.
    #[inline]
    pub(crate) fn mint_unnoted(&mut self) -> Dot {
        self.record.has_pieces = true;
        self.mint_removal()
    }

    /// A fresh dot for a removal: in the context, with no piece under it.
    ///
    /// # Panics
    ///
    /// As [`mint`](Writer::mint).
    #[inline]
    #[allow(clippy::expect_used, reason = "going on would use a dot twice and lose data silently")]
    pub fn mint_removal(&mut self) -> Dot {
        let dot =
            self.context.mint(self.replica).expect("sequence numbers of this replica used up");
        match &mut self.record.minted {
            Some((_, last)) => *last = dot.seq(),
            first => *first = Some((dot, dot.seq())),
        }
        dot
    }

    /// Records that the piece under `dot` has been taken out of the value.
    #[inline]
    pub fn supersede(&mut self, dot: Dot) {
        self.record.superseded.push(dot);
        self.journal.removed(dot);
    }

    /// What containers read.
    pub fn journal(&mut self) -> &mut Journal {
        self.journal
    }
}
