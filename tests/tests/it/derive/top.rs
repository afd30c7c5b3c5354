//! The smallest lattice by hand: the highest number.

use std::ops::Deref;

use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit, ValueChange, Watch};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Top(pub(crate) u64);

impl Crdt for Top {
    fn merge(&mut self, other: Self) -> bool {
        let higher = other.0 > self.0;
        self.0 = self.0.max(other.0);
        higher
    }
}

impl Diff for Top {
    type Digest = u64;

    fn digest(&self) -> u64 {
        self.0
    }

    fn diff(&self, peer: &u64) -> Option<Self> {
        (self.0 > *peer).then_some(*self)
    }
}

impl Decompose for Top {
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        if self.0 > 0 {
            visit(*self);
        }
    }
}

impl Edit for Top {
    type Cursor<'a> = TopCursor<'a>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> TopCursor<'a> {
        TopCursor { delta: draft.into_delta(self), value: self }
    }
}

impl Watch for Top {
    type Change = ValueChange<u64>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(ValueChange<u64>)) {
        if other.0 > self.0 {
            visit(ValueChange { before: self.0, after: other.0 });
        }
    }
}

#[derive(Debug)]
pub(crate) struct TopCursor<'a> {
    value: &'a mut Top,
    delta: &'a mut Top,
}

impl TopCursor<'_> {
    pub(crate) fn raise(&mut self, to: u64) {
        self.value.merge(Top(to));
        self.delta.merge(Top(to));
    }
}

impl Deref for TopCursor<'_> {
    type Target = Top;

    fn deref(&self) -> &Top {
        self.value
    }
}
