use std::collections::BTreeSet;

use rejoin_sets::{TwoPhaseSet, TwoPhaseSetCursor};

use super::sets::bit;
use crate::oracle::{Effect, Live, Spec, Subject};
use crate::rng::Rng;

const ELEMENTS: u8 = 4;

/// An operation on a set in which removals are final.
#[derive(Clone, Debug)]
pub enum FinalOp {
    /// Inserts, unless the element was removed.
    Insert(u8),
    /// Removes, if the element is there.
    Remove(u8),
    /// Keeps the elements whose bit is set.
    Retain(u8),
    /// Removes all.
    Clear,
}

/// x is there if an insertion of x was seen, and no removal of x.
impl Spec for TwoPhaseSet<u8> {
    type Op = FinalOp;
    /// The element, and whether it is removed.
    type Piece = (u8, bool);
    /// What is there, and what was removed.
    type Value = (BTreeSet<u8>, BTreeSet<u8>);

    fn op(rng: &mut Rng) -> FinalOp {
        match rng.below(12) {
            0..7 => FinalOp::Insert(rng.small(ELEMENTS)),
            7..10 => FinalOp::Remove(rng.small(ELEMENTS)),
            10 => FinalOp::Retain(rng.small(1 << ELEMENTS)),
            _ => FinalOp::Clear,
        }
    }

    fn split(op: &FinalOp) -> Vec<FinalOp> {
        let mask = match op {
            FinalOp::Insert(_) | FinalOp::Remove(_) => return vec![op.clone()],
            FinalOp::Retain(mask) => *mask,
            FinalOp::Clear => 0,
        };
        (0..ELEMENTS).filter(|x| !bit(mask, *x)).map(FinalOp::Remove).collect()
    }

    fn effect(op: &FinalOp, _: usize, live: &[Live<'_, (u8, bool)>]) -> Effect<(u8, bool)> {
        let (present, removed) = <Self as Spec>::value(live);
        Effect::write(match op {
            FinalOp::Insert(x) => {
                (!present.contains(x) && !removed.contains(x)).then_some((*x, false))
            }
            FinalOp::Remove(x) => present.contains(x).then_some((*x, true)),
            FinalOp::Retain(_) | FinalOp::Clear => None, // are split
        })
    }

    fn value(live: &[Live<'_, (u8, bool)>]) -> Self::Value {
        let of = |removed: bool| {
            let writes = live.iter().map(|write| *write.piece);
            writes.filter(|write| write.1 == removed).map(|write| write.0).collect::<BTreeSet<u8>>()
        };
        let (inserted, removed) = (of(false), of(true));
        (&inserted - &removed, removed)
    }
}

impl Subject for TwoPhaseSet<u8> {
    type Real = Self;

    fn apply(cursor: &mut TwoPhaseSetCursor<'_, u8>, op: &FinalOp) {
        match op {
            FinalOp::Insert(x) => {
                let new = !cursor.contains(x) && !cursor.is_removed(x);
                assert_eq!(cursor.insert(*x), new);
            }
            FinalOp::Remove(x) => {
                let present = cursor.contains(x);
                assert_eq!(cursor.remove(x), present);
            }
            FinalOp::Retain(mask) => cursor.retain(|x| bit(*mask, *x)),
            FinalOp::Clear => cursor.clear(),
        }
    }

    fn read(real: &Self) -> Self::Value {
        assert_eq!(real.len(), real.iter().len());
        assert!((0..ELEMENTS).all(|x| real.contains(&x) == real.iter().any(|y| *y == x)));
        (real.iter().copied().collect(), real.removed().copied().collect())
    }
}
