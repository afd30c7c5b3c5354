use std::collections::BTreeSet;

use rejoin_core::DotStore;
use rejoin_sets::{AwSet, GSet, GSetCursor};

use crate::oracle::{Effect, Live, Spec, Subject};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// The union of all insertions.
impl Spec for GSet<u8> {
    type Op = u8;
    type Piece = u8;
    type Value = BTreeSet<u8>;

    fn op(rng: &mut Rng) -> u8 {
        rng.small(8)
    }

    fn effect(op: &u8, _: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
        // What is there is not written again, and so not sent.
        Effect::write(live.iter().all(|write| write.piece != op).then_some(*op))
    }

    fn value(live: &[Live<'_, u8>]) -> BTreeSet<u8> {
        live.iter().map(|write| *write.piece).collect()
    }
}

impl Subject for GSet<u8> {
    type Real = Self;

    fn apply(cursor: &mut GSetCursor<'_, u8>, op: &u8) {
        let absent = !cursor.contains(op);
        assert_eq!(cursor.insert(*op), absent);
    }

    fn read(real: &Self) -> BTreeSet<u8> {
        real.iter().copied().collect()
    }
}

/// An operation on a set.
#[derive(Clone, Debug)]
pub enum SetOp {
    /// Inserts, whether or not the element is there.
    Insert(u8),
    /// Inserts one after the other.
    Extend(Vec<u8>),
    /// Removes one element.
    Remove(u8),
    /// Keeps the elements whose bit is set.
    Retain(u8),
    /// Removes all.
    Clear,
}

/// x is there if an insertion of x is live. An insertion takes those that it sees, and a removal
/// takes those that it sees.
impl Spec for AwSet<u8> {
    type Op = SetOp;
    type Piece = u8;
    type Value = BTreeSet<u8>;

    fn op(rng: &mut Rng) -> SetOp {
        match rng.below(20) {
            0..9 => SetOp::Insert(rng.small(3)),
            9 => SetOp::Extend((0..rng.below(4)).map(|_| rng.small(3)).collect()),
            10..17 => SetOp::Remove(rng.small(3)),
            17 | 18 => SetOp::Retain(rng.small(8)),
            _ => SetOp::Clear,
        }
    }

    fn split(op: &SetOp) -> Vec<SetOp> {
        match op {
            SetOp::Extend(elements) => elements.iter().map(|x| SetOp::Insert(*x)).collect(),
            op => vec![op.clone()],
        }
    }

    fn effect(op: &SetOp, _: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
        match op {
            SetOp::Insert(x) => Effect::take(Some(*x), live, |element| element == x),
            SetOp::Remove(x) => Effect::take(None, live, |element| element == x),
            SetOp::Retain(mask) => Effect::take(None, live, |element| !bit(*mask, *element)),
            SetOp::Clear => Effect::take(None, live, |_| true),
            SetOp::Extend(_) => Effect::none(), // is split
        }
    }

    fn value(live: &[Live<'_, u8>]) -> BTreeSet<u8> {
        live.iter().map(|write| *write.piece).collect()
    }
}

impl StoreSubject for AwSet<u8> {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &SetOp) {
        match op {
            SetOp::Insert(x) => {
                let absent = !cursor.contains(x);
                assert_eq!(cursor.insert(*x), absent);
            }
            SetOp::Extend(elements) => cursor.extend(elements.iter().copied()),
            SetOp::Remove(x) => {
                let present = cursor.contains(x);
                assert_eq!(cursor.remove(x), present);
            }
            SetOp::Retain(mask) => cursor.retain(|element| bit(*mask, *element)),
            SetOp::Clear => cursor.clear(),
        }
    }

    fn read(real: &Self) -> BTreeSet<u8> {
        let elements: BTreeSet<u8> = real.iter().copied().collect();
        assert_eq!(elements.len(), real.len());
        assert!((0..8).all(|x| real.contains(&x) == elements.contains(&x)));
        elements
    }
}

pub(super) fn bit(mask: u8, at: u8) -> bool {
    mask >> at & 1 == 1
}
