//! Edits of a [`Causal`]: their deltas, and how they are undone.

use core::mem;

use rejoin_clocks::{CausalContext, ReplicaId};

use super::Causal;
use crate::store::{Journal, Writer};
use crate::writer::Record;
use crate::{Crdt, DotStore, Draft, Edit};

/// What is used again from one edit or merge to the next.
pub(super) struct Scratch<S> {
    /// What cursors have done since it was last made into a delta.
    record: Record,
    /// The pieces that they have taken out.
    removed: S,
    /// Of edits and merges; empty in between.
    pub(super) journal: Journal,
    /// What cursors have done that were used and not settled.
    unsettled: Option<Settled<S>>,
}

/// A delta, and what was there before.
#[derive(Default)]
struct Settled<S> {
    delta: Causal<S>,
    before: Causal<S>,
}

impl<S: DotStore> Settled<S> {
    fn add(&mut self, later: Self) {
        add_to(&mut self.delta, later.delta);
        add_to(&mut self.before, later.before);
    }
}

fn add_to<S: DotStore>(sum: &mut Causal<S>, part: Causal<S>) {
    if sum.context.is_empty() {
        *sum = part;
    } else {
        sum.merge(part);
    }
}

impl<S: Default> Default for Scratch<S> {
    fn default() -> Self {
        let (record, removed, journal) = <_>::default();
        Self { record, removed, journal, unsettled: None }
    }
}

impl<S: DotStore> Edit for Causal<S> {
    type Cursor<'a>
        = S::Cursor<'a>
    where
        S: 'a;

    fn cursor<'a>(&'a mut self, mut draft: Draft<'a, Self>) -> S::Cursor<'a> {
        self.settle(draft.reborrow()); // one record is of one replica
        self.open(draft.replica())
    }

    fn settle(&mut self, mut draft: Draft<'_, Self>) {
        let unsettled = self.scratch.as_mut().and_then(|scratch| scratch.unsettled.take());
        let (delta, before) = draft.both();
        for settled in unsettled.into_iter().chain(self.take_settled()) {
            add_to(delta, settled.delta);
            add_to(before, settled.before);
        }
    }

    fn undo(&mut self, delta: &Self, before: Self) {
        self.revert(&delta.seen(), before.store);
    }

    #[inline]
    fn edit_if<R, E>(
        &mut self,
        replica: ReplicaId,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> Result<R, E>,
        accept: impl FnOnce(&Self, &Self) -> Result<(), E>,
    ) -> Result<(R, Self), E> {
        self.set_aside();
        let attempt = Attempt { causal: self, is_kept: false };
        let result = edit(&mut attempt.causal.open(replica))?;
        let mut delta = attempt.causal.delta();
        if let Some(scratch) = &attempt.causal.scratch
            && let Some(unsettled) = &scratch.unsettled
        {
            delta.merge(unsettled.delta.clone());
        }
        accept(attempt.causal, &delta)?;
        attempt.keep();
        Ok((result, delta))
    }
}

impl<S: DotStore> Causal<S> {
    /// Whether cursors have changed something that is in no delta yet.
    pub(super) fn is_unsettled(&self) -> bool {
        let is_unsettled = |it: &Scratch<S>| !it.record.is_empty() || it.unsettled.is_some();
        self.scratch.as_deref().is_some_and(is_unsettled)
    }

    /// The cursor of the store.
    fn open(&mut self, replica: ReplicaId) -> S::Cursor<'_> {
        let Scratch { record, removed, journal, .. } = &mut **self.scratch.get_or_insert_default();
        journal.reset();
        self.store.cursor(Writer::new(replica, &mut self.context, record, journal, removed))
    }

    /// Keeps what cursors did that were used and not settled apart from the next edit, which may
    /// fail. The next one that is kept returns it with its own delta.
    fn set_aside(&mut self) {
        if let Some(settled) = self.take_settled()
            && let Some(scratch) = &mut self.scratch
        {
            scratch.unsettled.get_or_insert_default().add(settled);
        }
    }

    /// Takes what is recorded, if anything is.
    fn take_settled(&mut self) -> Option<Settled<S>> {
        let scratch = self.scratch.as_ref().filter(|scratch| !scratch.record.is_empty());
        scratch?;
        let delta = self.delta();
        let scratch = self.scratch.as_mut()?;
        scratch.record = Record::default();
        let removed = mem::take(&mut scratch.removed);
        let mut before = Self::default();
        if !removed.is_bottom() {
            // Its dots make it more than bottom.
            removed.dots(&mut |dot| {
                before.context.insert(dot);
            });
            let nothing = CausalContext::new();
            before.store.join(&nothing, removed, &nothing, &mut Journal::new());
        }
        Some(Settled { delta, before })
    }

    /// The delta of what is recorded: what the store has within the dots that were minted, with
    /// those dots and the superseded ones as its context. Costs what has changed.
    fn delta(&self) -> Self {
        let Some(Scratch { record, .. }) = self.scratch.as_deref() else { return Self::default() };
        let Some((first, last)) = record.minted else { return Self::default() };
        let mut context = record.minted_dots();
        let store = if record.has_pieces { self.store.within(&context) } else { S::default() };
        let mut foretold = CausalContext::new();
        if !record.superseded.is_empty() {
            let superseded = record.superseded.iter().copied();
            foretold = superseded.filter(|dot| !record.is_fresh(*dot)).collect();
            context = foretold.clone();
            context.insert_run(first.replica(), first.seq()..=last);
        }
        Self::of(store, context, foretold)
    }

    /// Takes the pieces under `minted` out again, and these dots out of the context, and puts back
    /// what was removed.
    ///
    /// That is a join with a side that has seen the minted dots and has what was removed.
    fn revert(&mut self, minted: &CausalContext, removed: S) {
        let journal = &mut self.scratch.get_or_insert_default().journal;
        journal.reset();
        self.store.join(minted, removed, minted, journal);
        if !minted.is_empty() {
            self.context = self.context.difference(minted);
        }
    }
}

/// An edit that is undone when it is dropped, in a panic too, unless it is kept.
struct Attempt<'a, S: DotStore> {
    causal: &'a mut Causal<S>,
    is_kept: bool,
}

impl<S: DotStore> Attempt<'_, S> {
    fn keep(mut self) {
        self.is_kept = true;
        if let Some(scratch) = &mut self.causal.scratch {
            let record = mem::take(&mut scratch.record);
            if !record.superseded.is_empty() {
                scratch.removed = S::default();
            }
            scratch.unsettled = None;
        }
    }
}

impl<S: DotStore> Drop for Attempt<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_kept
            && let Some(scratch) = &mut self.causal.scratch
        {
            let record = mem::take(&mut scratch.record);
            let removed = mem::take(&mut scratch.removed);
            self.causal.revert(&record.minted_dots(), removed);
        }
    }
}
