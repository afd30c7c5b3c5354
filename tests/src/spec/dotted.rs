use rejoin_core::DotStore;
use rejoin_maps::Dotted;

use super::Plain;
use crate::oracle::{Effect, Live, Spec};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// An operation on a lattice whose edits can be removed.
#[derive(Clone, Debug)]
pub enum DottedOp<Op, Meaning> {
    /// Edits the lattice; what the edits add is one write, or none if they add nothing.
    Edit(Vec<Op>),
    /// Joins a value, which is a write even if it is no news.
    Join(Meaning),
    /// Removes all edits.
    Clear,
}

/// The join of the live writes. A write takes those that it sees and covers.
impl<L: Plain> Spec for Dotted<L> {
    type Op = DottedOp<L::Op, L::Meaning>;
    type Piece = L::Meaning;
    type Value = L::Meaning;

    fn op(rng: &mut Rng) -> Self::Op {
        match rng.below(8) {
            0..5 => DottedOp::Edit((0..rng.below(3)).map(|_| L::op(rng)).collect()),
            5 | 6 => DottedOp::Join(L::any(rng)),
            _ => DottedOp::Clear,
        }
    }

    fn effect(
        op: &Self::Op,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        let write = match op {
            DottedOp::Edit(ops) => {
                let now = <Self as Spec>::value(live);
                ops.iter().fold(L::Meaning::default(), |added, op| {
                    L::join(&added, &L::delta(op, replica, &L::join(&now, &added)))
                })
            }
            DottedOp::Join(value) => value.clone(),
            DottedOp::Clear => return Effect::take(None, live, |_| true),
        };
        if write == L::Meaning::default() {
            return Effect::none();
        }
        let covers = |old: &L::Meaning| L::join(&write, old) == write;
        Effect::take(Some(write.clone()), live, covers)
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> L::Meaning {
        live.iter().fold(L::Meaning::default(), |sum, write| L::join(&sum, write.piece))
    }
}

impl<L: Plain> StoreSubject for Dotted<L> {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &Self::Op) {
        match op {
            DottedOp::Edit(ops) => {
                cursor.edit(|lattice| ops.iter().for_each(|op| L::apply(lattice, op)));
            }
            DottedOp::Join(value) => cursor.join(L::lift(value)),
            DottedOp::Clear => {
                cursor.clear();
            }
        }
    }

    fn read(real: &Self) -> L::Meaning {
        real.value().meaning()
    }
}
