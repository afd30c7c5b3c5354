use rejoin_core::{Crdt, Diff};

/// A set of up to eight updates: the lattice of the small worlds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Bits(pub(crate) u8);

impl Bits {
    /// Whether all of `other` is in `self`.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 | other.0 == self.0
    }
}

impl Crdt for Bits {
    fn merge(&mut self, other: Self) -> bool {
        let changed = !self.has(other);
        self.0 |= other.0;
        changed
    }
}

impl Diff for Bits {
    type Digest = u8;

    fn digest(&self) -> u8 {
        self.0
    }

    fn diff(&self, peer: &u8) -> Option<Self> {
        let lacking = self.0 & !peer;
        (lacking != 0).then_some(Self(lacking))
    }
}
