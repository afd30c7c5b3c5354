use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use rejoin_core::{Crdt, Edit};
use rejoin_counters::GCounter;
use rejoin_registers::Max;
use rejoin_sets::GSet;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::oracle::{Subject, id};
use crate::rng::Rng;

/// A lattice that is described by a value of plain data for each of its values.
pub trait Plain:
    Edit + Subject<Real = Self> + Clone + PartialEq + Debug + Serialize + DeserializeOwned
{
    /// The plain value; the default is bottom.
    type Meaning: Clone + Debug + Default + PartialEq;

    /// Any value, on few elements.
    fn any(rng: &mut Rng) -> Self::Meaning;

    /// The least that makes `now` into what it is after `op` of `replica`.
    fn delta(op: &Self::Op, replica: usize, now: &Self::Meaning) -> Self::Meaning;

    /// The join.
    fn join(a: &Self::Meaning, b: &Self::Meaning) -> Self::Meaning;

    /// The value that means this.
    fn lift(meaning: &Self::Meaning) -> Self;

    /// What the value means.
    fn meaning(&self) -> Self::Meaning;
}

impl Plain for GSet<u8> {
    type Meaning = BTreeSet<u8>;

    fn any(rng: &mut Rng) -> BTreeSet<u8> {
        (0..rng.below(3)).map(|_| rng.small(4)).collect()
    }

    fn delta(op: &u8, _: usize, now: &BTreeSet<u8>) -> BTreeSet<u8> {
        if now.contains(op) { BTreeSet::new() } else { BTreeSet::from([*op]) }
    }

    fn join(a: &BTreeSet<u8>, b: &BTreeSet<u8>) -> BTreeSet<u8> {
        a | b
    }

    fn lift(meaning: &BTreeSet<u8>) -> Self {
        meaning.iter().copied().collect()
    }

    fn meaning(&self) -> BTreeSet<u8> {
        self.iter().copied().collect()
    }
}

impl Plain for Max<u8> {
    type Meaning = Option<u8>;

    fn any(rng: &mut Rng) -> Option<u8> {
        rng.small(8).checked_sub(1)
    }

    fn delta(op: &u8, _: usize, now: &Option<u8>) -> Option<u8> {
        now.is_none_or(|now| *op > now).then_some(*op)
    }

    fn join(a: &Option<u8>, b: &Option<u8>) -> Option<u8> {
        *a.max(b)
    }

    fn lift(meaning: &Option<u8>) -> Self {
        meaning.map_or_else(Self::new, Self::from)
    }

    fn meaning(&self) -> Option<u8> {
        self.get().copied()
    }
}

/// What each replica has counted.
impl Plain for GCounter {
    type Meaning = BTreeMap<usize, u64>;

    fn any(rng: &mut Rng) -> BTreeMap<usize, u64> {
        (0..rng.below(3)).map(|_| (rng.below(3), 1 + rng.any() % 4)).collect()
    }

    fn delta(op: &Self::Op, replica: usize, now: &BTreeMap<usize, u64>) -> BTreeMap<usize, u64> {
        let count = now.get(&replica).copied().unwrap_or(0);
        let by = u64::from(op.by);
        if by == 0 { BTreeMap::new() } else { BTreeMap::from([(replica, count + by)]) }
    }

    fn join(a: &BTreeMap<usize, u64>, b: &BTreeMap<usize, u64>) -> BTreeMap<usize, u64> {
        let mut joined = a.clone();
        for (replica, count) in b {
            let mine = joined.entry(*replica).or_default();
            *mine = *count.max(mine);
        }
        joined
    }

    fn lift(meaning: &BTreeMap<usize, u64>) -> Self {
        let mut counter = Self::new();
        for (replica, count) in meaning {
            counter.merge(Self::new().edit(id(*replica), |counter| counter.increment(*count)));
        }
        counter
    }

    fn meaning(&self) -> BTreeMap<usize, u64> {
        let index = |replica| (0..).find(|at| id(*at) == replica).unwrap_or(usize::MAX);
        self.iter().map(|(replica, count)| (index(replica), count)).collect()
    }
}
