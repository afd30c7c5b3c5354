use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use crate::store::{Journal, Writer};

/// Content in which every piece is tagged by the dot (replica, sequence number) that wrote it.
///
/// A dot store alone cannot tell "not yet seen" from "removed"; together with the
/// [`CausalContext`] of all dots ever seen it can, without tombstones. That pair is
/// [`Causal<S>`](crate::Causal), which is a `Crdt`. Inside an `OrMap` or a struct of dot stores the
/// context is shared, so a whole document has one.
///
/// # Laws
///
/// * A dot names one write. All replicas that have it live have the same piece under it.
/// * What the store reads as is **a function of its live dots and their pieces**, never of a
///   lattice kept beside them: such content is not associative under removal. (With x = {d1 ↦ 10},
///   y = removal of d1, z = {d2 ↦ 1}, a plain counter beside the dots reads 1 from (x ⊔ y) ⊔ z and
///   11 from x ⊔ (y ⊔ z).) The wrapper `Dotted` makes a lattice removable.
/// * `join` keeps exactly the dots that both sides have live, and those that one side has live and
///   the other has never seen:
///   `(a ∩ b) ∪ (a ∖ theirs) ∪ (b ∖ own)`.
///
/// Source: Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7; with an
/// index from dots to pieces, so that cost follows the delta.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a dot store, so its pieces could not be removed consistently",
    label = "needs to be a dot store",
    note = "a counter that can be removed is `ResetCounter`; a `Max`, an `LwwRegister` or another lattice that does not count becomes a dot store with `Dotted<_>`",
    note = "a struct of dot stores: `#[derive(DotStore)]`; `Causal<S>` goes in as plain `S`, because the context is shared"
)]
pub trait DotStore: Clone + Default {
    /// The cursor: the editing methods of this type.
    type Cursor<'a>
    where
        Self: 'a;

    /// A cursor that edits `self` as the writer's replica.
    ///
    /// It does not record a delta: that is what `self` has [`within`](DotStore::within) the dots
    /// that the writer minted. Pieces that it takes out it moves to [`Writer::removed`], so that an
    /// edit that fails can be undone.
    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> Self::Cursor<'a>;

    /// Whether no dot is live in `self`.
    fn is_bottom(&self) -> bool {
        let mut is_bottom = true;
        self.dots(&mut |_| is_bottom = false);
        is_bottom
    }

    /// The lowest dot that is live, by which the fields of a struct are in order in encodings.
    fn lowest_dot(&self) -> Option<Dot> {
        let mut lowest: Option<Dot> = None;
        self.dots(&mut |dot| lowest = Some(lowest.map_or(dot, |lowest| lowest.min(dot))));
        lowest
    }

    /// Calls `visit` with every live dot, in an unspecified order.
    fn dots(&self, visit: &mut dyn FnMut(Dot));

    /// Calls `visit` with every live dot, 64 at a time, in an unspecified order: a replica, a
    /// sequence number that is a multiple of 64, and a bit for each live dot from there on.
    ///
    /// One number may come several times, with different bits. This is [`dots`](DotStore::dots) for
    /// comparing whole states.
    fn windows(&self, visit: &mut dyn FnMut(ReplicaId, u64, u64)) {
        self.dots(&mut |dot| visit(dot.replica(), dot.seq() & !63, 1 << (dot.seq() & 63)));
    }

    /// Joins `other`, whose context is `theirs`, into `self`, whose context is `own`.
    ///
    /// Returns whether `self` changed, and notes in `journal` every live dot gained or lost. The
    /// contexts may speak of dots that live elsewhere in the document. Costs what differs, not what
    /// is there, as far as the type keeps an index of its dots.
    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool;

    /// The part of `self` whose dots are in `dots`.
    ///
    /// Deltas and differences are made by it, so it costs what it finds, not what is there, as far
    /// as the type keeps an index of its dots.
    #[must_use]
    fn within(&self, dots: &CausalContext) -> Self;

    /// Calls `visit` with every live dot and the piece of `self` that it alone makes up.
    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        self.dots(&mut |dot| visit(dot, self.within(&CausalContext::from(dot))));
    }

    /// Puts every piece under the dot that `label` gives for its dot.
    ///
    /// `label` gives different dots for different dots. See
    /// [`Causal::retire`](crate::Causal::retire).
    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot);
}
