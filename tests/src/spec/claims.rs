use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit, Unnumbered};
use serde::{Deserialize, Serialize};

use crate::oracle::{Effect, Live, Spec, Subject};
use crate::rng::Rng;
use crate::spec::Lattice;

/// A lattice that claims that its edits do not count on from earlier ones, whether they do or not:
/// a fault for checkers to find.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims<L>(pub L);

impl<L: Crdt> Unnumbered for Claims<L> {}

impl<L: Crdt> Crdt for Claims<L> {
    fn merge(&mut self, other: Self) -> bool {
        self.0.merge(other.0)
    }
}

impl<L: Diff> Diff for Claims<L> {
    type Digest = L::Digest;

    fn digest(&self) -> L::Digest {
        self.0.digest()
    }

    fn diff(&self, peer: &L::Digest) -> Option<Self> {
        self.0.diff(peer).map(Self)
    }
}

impl<L: Decompose> Decompose for Claims<L> {
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        self.0.decompose(&mut |part| visit(Self(part)));
    }
}

impl<L: Edit> Edit for Claims<L> {
    type Cursor<'a>
        = L::Cursor<'a>
    where
        Self: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> L::Cursor<'a> {
        self.0.cursor(draft.part(|it| &mut it.0))
    }

    fn settle(&mut self, draft: Draft<'_, Self>) {
        self.0.settle(draft.part(|it| &mut it.0));
    }

    fn undo(&mut self, delta: &Self, before: Self) {
        self.0.undo(&delta.0, before.0);
    }
}

impl<L: Spec> Spec for Claims<L> {
    type Op = L::Op;
    type Piece = L::Piece;
    type Value = L::Value;

    fn op(rng: &mut Rng) -> L::Op {
        L::op(rng)
    }

    fn split(op: &L::Op) -> Vec<L::Op> {
        L::split(op)
    }

    fn effect(op: &L::Op, replica: usize, live: &[Live<'_, L::Piece>]) -> Effect<L::Piece> {
        L::effect(op, replica, live)
    }

    fn value(live: &[Live<'_, L::Piece>]) -> L::Value {
        L::value(live)
    }
}

impl<L: Lattice> Subject for Claims<L> {
    type Real = Self;

    fn apply(cursor: &mut L::Cursor<'_>, op: &L::Op) {
        L::apply(cursor, op);
    }

    fn read(real: &Self) -> L::Value {
        L::read(&real.0)
    }
}
