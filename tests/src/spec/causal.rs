use std::fmt::Debug;

use rejoin_core::{Causal, DotStore};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::oracle::{Effect, Live, Spec, Subject};
use crate::rng::Rng;

/// A dot store, beside what it should mean.
pub trait StoreSubject: Spec {
    /// The type under test.
    type Real: DotStore + Clone + PartialEq + Debug + Serialize + DeserializeOwned;

    /// Does `op`.
    fn apply(cursor: &mut <Self::Real as DotStore>::Cursor<'_>, op: &Self::Op);

    /// Reads everything.
    fn read(real: &Self::Real) -> Self::Value;
}

/// A dot store means the same with its context.
impl<S: Spec> Spec for Causal<S> {
    type Op = S::Op;
    type Piece = S::Piece;
    type Value = S::Value;

    fn op(rng: &mut Rng) -> S::Op {
        S::op(rng)
    }

    fn split(op: &S::Op) -> Vec<S::Op> {
        S::split(op)
    }

    fn effect(op: &S::Op, replica: usize, live: &[Live<'_, S::Piece>]) -> Effect<S::Piece> {
        S::effect(op, replica, live)
    }

    fn value(live: &[Live<'_, S::Piece>]) -> S::Value {
        S::value(live)
    }
}

impl<S: StoreSubject> Subject for Causal<S> {
    type Real = Causal<S::Real>;

    fn apply(cursor: &mut <S::Real as DotStore>::Cursor<'_>, op: &S::Op) {
        S::apply(cursor, op);
    }

    fn read(real: &Causal<S::Real>) -> S::Value {
        S::read(real.store())
    }
}
