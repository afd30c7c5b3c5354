use core::fmt;

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

    /// Whether the edit has done nothing yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.minted.is_none() && self.superseded.is_empty()
    }

    /// The dots that the edit minted.
    pub(crate) fn minted_dots(&self) -> CausalContext {
        let mut minted = CausalContext::new();
        if let Some((first, last)) = self.minted {
            minted.insert_run(first.replica(), first.seq()..=last);
        }
        minted
    }
}

/// The writer's side of an edit of a dot store: the replica that edits, the context being extended,
/// what the edit takes out, and the record from which its delta is made.
///
/// Only authors of new dot stores meet it. A write [mints](Writer::mint) a dot, puts its piece
/// under that dot into the value, and [supersedes](Writer::supersede) the dots that it replaces,
/// whose pieces it moves to [`removed`](Writer::removed). A removal supersedes, and mints one dot
/// for itself ([`mint_removal`](Writer::mint_removal)), so that equal contexts mean equal states.
pub struct Writer<'a, S> {
    replica: ReplicaId,
    context: &'a mut CausalContext,
    record: &'a mut Record,
    journal: &'a mut Journal,
    removed: &'a mut S,
}

impl<'a, S> Writer<'a, S> {
    pub(crate) fn new(
        replica: ReplicaId,
        context: &'a mut CausalContext,
        record: &'a mut Record,
        journal: &'a mut Journal,
        removed: &'a mut S,
    ) -> Self {
        Self { replica, context, record, journal, removed }
    }

    /// The same writer, borrowed for a while.
    #[inline]
    pub fn reborrow(&mut self) -> Writer<'_, S> {
        Writer {
            replica: self.replica,
            context: self.context,
            record: self.record,
            journal: self.journal,
            removed: self.removed,
        }
    }

    /// The writer of one part of the value, such as a field.
    #[inline]
    pub fn part<U>(self, part: impl FnOnce(&mut S) -> &mut U) -> Writer<'a, U> {
        let Self { replica, context, record, journal, removed } = self;
        Writer { replica, context, record, journal, removed: part(removed) }
    }

    /// The writer of a value inside, which moves the pieces that it replaces to `removed`.
    #[inline]
    pub(crate) fn within<'b, U>(&'b mut self, removed: &'b mut U) -> Writer<'b, U> {
        Writer {
            replica: self.replica,
            context: self.context,
            record: self.record,
            journal: self.journal,
            removed,
        }
    }

    /// The replica that edits.
    #[must_use]
    pub fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// Whether `dot` was minted in this edit, so that no other replica can have seen it.
    #[must_use]
    pub fn is_fresh(&self, dot: Dot) -> bool {
        self.record.is_fresh(dot)
    }

    /// A fresh dot for a piece that the caller puts into the value.
    ///
    /// # Panics
    ///
    /// When this replica has used up all 2⁶⁴ − 1 sequence numbers, or a context from elsewhere
    /// claims so. The edit is undone then.
    #[inline] // so that the dot is put together where it is stored
    pub fn mint(&mut self) -> Dot {
        let dot = self.mint_unnoted();
        self.journal.added(dot);
        dot
    }

    /// A fresh dot that the caller notes in the journal, if a container listens.
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

    /// Records that the piece under `dot` has been taken out of the value. The caller moves it to
    /// [`removed`](Writer::removed).
    #[inline]
    pub fn supersede(&mut self, dot: Dot) {
        self.record.superseded.push(dot);
        self.journal.removed(dot);
    }

    /// The pieces that the edit has taken out, which are put back if it fails.
    #[inline]
    pub fn removed(&mut self) -> &mut S {
        self.removed
    }

    /// What containers read.
    pub fn journal(&mut self) -> &mut Journal {
        self.journal
    }
}

impl<S> fmt::Debug for Writer<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("replica", &self.replica)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}
