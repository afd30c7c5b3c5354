use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::DotStore;
use rejoin_counters::ResetCounter;
use rejoin_sets::{AwBag, RwSet};

use super::sets::bit;
use crate::oracle::{Effect, Live, Spec};
use crate::rng::Rng;
use crate::spec::StoreSubject;

const ELEMENTS: u8 = 3;

/// An operation on a remove-wins set.
#[derive(Clone, Debug)]
pub enum RwOp {
    /// Inserts, whether or not the element is there.
    Insert(u8),
    /// Removes, whether or not the element is there.
    Remove(u8),
    /// Removes if the element is there.
    RemovePresent(u8),
    /// Keeps the elements whose bit is set.
    Retain(u8),
    /// Removes all elements that are there.
    Clear,
    /// Drops what is known of absent elements.
    Forget,
}

/// Every write takes those of its element that it sees; x is there if there are live writes of it
/// and all insert it.
impl Spec for RwSet<u8> {
    type Op = RwOp;
    /// The element, and whether it is inserted.
    type Piece = (u8, bool);
    type Value = BTreeSet<u8>;

    fn op(rng: &mut Rng) -> RwOp {
        match rng.below(12) {
            0..6 => RwOp::Insert(rng.small(ELEMENTS)),
            6..9 => RwOp::Remove(rng.small(ELEMENTS)),
            9 => RwOp::Retain(rng.small(1 << ELEMENTS)),
            10 => RwOp::Clear,
            _ => RwOp::Forget,
        }
    }

    fn split(op: &RwOp) -> Vec<RwOp> {
        match op {
            RwOp::Retain(mask) => {
                (0..ELEMENTS).filter(|x| !bit(*mask, *x)).map(RwOp::RemovePresent).collect()
            }
            RwOp::Clear => (0..ELEMENTS).map(RwOp::RemovePresent).collect(),
            op => vec![op.clone()],
        }
    }

    fn effect(op: &RwOp, _: usize, live: &[Live<'_, (u8, bool)>]) -> Effect<(u8, bool)> {
        let present = <Self as Spec>::value(live);
        match op {
            RwOp::Insert(x) => Effect::take(Some((*x, true)), live, |write| write.0 == *x),
            RwOp::RemovePresent(x) if !present.contains(x) => Effect::none(),
            RwOp::Remove(x) | RwOp::RemovePresent(x) => {
                Effect::take(Some((*x, false)), live, |write| write.0 == *x)
            }
            RwOp::Forget => Effect::take(None, live, |write| !present.contains(&write.0)),
            RwOp::Retain(_) | RwOp::Clear => Effect::none(), // are split
        }
    }

    fn value(live: &[Live<'_, (u8, bool)>]) -> BTreeSet<u8> {
        let all = live.iter().map(|write| write.piece.0);
        let removed = |x: &u8| live.iter().any(|write| *write.piece == (*x, false));
        all.filter(|x| !removed(x)).collect()
    }
}

impl StoreSubject for RwSet<u8> {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &RwOp) {
        match op {
            RwOp::Insert(x) => {
                let absent = !cursor.contains(x);
                assert_eq!(cursor.insert(*x), absent);
            }
            RwOp::Remove(x) | RwOp::RemovePresent(x) => {
                let present = cursor.contains(x);
                assert_eq!(cursor.remove(*x), present);
            }
            RwOp::Retain(mask) => cursor.retain(|x| bit(*mask, *x)),
            RwOp::Clear => cursor.clear(),
            RwOp::Forget => {
                cursor.forget();
            }
        }
    }

    fn read(real: &Self) -> BTreeSet<u8> {
        let elements: BTreeSet<u8> = real.iter().copied().collect();
        assert_eq!((elements.len(), elements.is_empty()), (real.len(), real.is_empty()));
        assert!((0..ELEMENTS).all(|x| real.contains(&x) == elements.contains(&x)));
        elements
    }
}

/// An operation on a multiset.
#[derive(Clone, Debug)]
pub enum BagOp {
    /// Adds a copy.
    Insert(u8),
    /// Removes a copy.
    RemoveOne(u8),
    /// Removes all copies of an element.
    Remove(u8),
    /// Keeps the elements whose bit is set.
    Retain(u8),
    /// Removes all.
    Clear,
}

/// As many copies as insertions are live. A removal of one takes the first by writer and age.
impl Spec for AwBag<u8> {
    type Op = BagOp;
    type Piece = u8;
    type Value = BTreeMap<u8, usize>;

    fn op(rng: &mut Rng) -> BagOp {
        match rng.below(20) {
            0..10 => BagOp::Insert(rng.small(ELEMENTS)),
            10..14 => BagOp::RemoveOne(rng.small(ELEMENTS)),
            14..18 => BagOp::Remove(rng.small(ELEMENTS)),
            18 => BagOp::Retain(rng.small(1 << ELEMENTS)),
            _ => BagOp::Clear,
        }
    }

    fn effect(op: &BagOp, _: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
        match op {
            BagOp::Insert(x) => Effect::write(Some(*x)),
            BagOp::RemoveOne(x) => {
                let copies = live.iter().filter(|write| write.piece == x);
                let first = copies.min_by_key(|write| (write.replica, write.event));
                Effect { piece: None, takes: first.map(|write| write.event).into_iter().collect() }
            }
            BagOp::Remove(x) => Effect::take(None, live, |element| element == x),
            BagOp::Retain(mask) => Effect::take(None, live, |element| !bit(*mask, *element)),
            BagOp::Clear => Effect::take(None, live, |_| true),
        }
    }

    fn value(live: &[Live<'_, u8>]) -> BTreeMap<u8, usize> {
        let mut counts = BTreeMap::new();
        live.iter().for_each(|write| *counts.entry(*write.piece).or_default() += 1);
        counts
    }
}

impl StoreSubject for AwBag<u8> {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &BagOp) {
        match op {
            BagOp::Insert(x) => {
                let count = cursor.count(x);
                assert_eq!(cursor.insert(*x), count + 1);
            }
            BagOp::RemoveOne(x) => {
                let any = cursor.count(x) > 0;
                assert_eq!(cursor.remove_one(*x), any);
            }
            BagOp::Remove(x) => {
                let count = cursor.count(x);
                assert_eq!(cursor.remove(x), count);
            }
            BagOp::Retain(mask) => cursor.retain(|x| bit(*mask, *x)),
            BagOp::Clear => cursor.clear(),
        }
    }

    fn read(real: &Self) -> BTreeMap<u8, usize> {
        let counts: BTreeMap<u8, usize> = real.iter().map(|(x, count)| (*x, count)).collect();
        assert_eq!((counts.len(), counts.values().sum::<usize>()), (real.distinct(), real.len()));
        counts
    }
}

/// The sum of the live additions; a reset takes those that it sees.
impl Spec for ResetCounter {
    /// An addition, or a reset.
    type Op = Option<i8>;
    type Piece = i8;
    type Value = i128;

    fn op(rng: &mut Rng) -> Option<i8> {
        // Additions of one edit that make up 0 leave no write, and so no key in a map: see to it
        // that they never do.
        (!rng.once_in(4)).then(|| [0, 1, 2, -20][rng.below(4)])
    }

    fn effect(op: &Option<i8>, _: usize, live: &[Live<'_, i8>]) -> Effect<i8> {
        match op {
            Some(by) => Effect::write((*by != 0).then_some(*by)),
            None => Effect::take(None, live, |_| true),
        }
    }

    fn value(live: &[Live<'_, i8>]) -> i128 {
        live.iter().map(|write| i128::from(*write.piece)).sum()
    }
}

impl StoreSubject for ResetCounter {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &Option<i8>) {
        let before = cursor.value();
        match op {
            Some(by) => assert_eq!(cursor.add(i64::from(*by)), before + i128::from(*by)),
            None => assert_eq!(cursor.reset(), before),
        }
    }

    fn read(real: &Self) -> i128 {
        real.value()
    }
}
