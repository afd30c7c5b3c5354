//! `lattices`: plain lattices. The nearest to an OR-set is a set with tombstones, in which a
//! removed element stays removed.

use ::lattices::Merge;
use ::lattices::collections::{EmptySet, SingletonSet};
use ::lattices::set_union_with_tombstones::{
    SetUnionWithTombstones, SetUnionWithTombstonesHashSet, SetUnionWithTombstonesTombstoneOnlySet,
};

use super::SetPeer;

pub(crate) type TwoSets = SetUnionWithTombstonesHashSet<u64>;

impl SetPeer for TwoSets {
    const NAME: &'static str = "lattices";

    fn filled(numbers: &[u64], _by: u64) -> Self {
        let mut set = Self::default();
        set.merge(Self::new(numbers.iter().copied().collect(), Default::default()));
        set
    }

    fn insert(&mut self, number: u64, _by: u64) {
        let delta = SetUnionWithTombstones::new(SingletonSet(number), EmptySet::<u64>::default());
        self.merge(core::hint::black_box(delta));
    }

    fn contains(&self, number: u64) -> bool {
        self.as_reveal_ref().0.contains(&number)
    }

    fn remove_all(&mut self, numbers: &[u64], _by: u64) {
        self.merge(Self::new(Default::default(), numbers.iter().copied().collect()));
    }

    fn remove(&mut self, number: u64, _by: u64) {
        let delta = SetUnionWithTombstonesTombstoneOnlySet::new_from(
            EmptySet::<u64>::default(),
            SingletonSet(number),
        );
        self.merge(core::hint::black_box(delta));
    }

    fn absorb(&mut self, other: Self) {
        self.merge(other);
    }
}
