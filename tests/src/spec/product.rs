use std::marker::PhantomData;

use crate::oracle::{Effect, Live, Spec};
use crate::rng::Rng;

/// The specification of a struct of two fields, which do not know of each other. Nested, of more.
#[derive(Debug)]
pub struct Both<A, B>(PhantomData<(A, B)>);

/// One or the other.
#[derive(Clone, Debug)]
pub enum Either<A, B> {
    /// The first.
    A(A),
    /// The second.
    B(B),
}

type Piece<A, B> = Either<<A as Spec>::Piece, <B as Spec>::Piece>;

impl<A: Spec, B: Spec> Spec for Both<A, B> {
    type Op = Either<A::Op, B::Op>;
    type Piece = Piece<A, B>;
    type Value = (A::Value, B::Value);

    fn op(rng: &mut Rng) -> Self::Op {
        if rng.once_in(2) { Either::A(A::op(rng)) } else { Either::B(B::op(rng)) }
    }

    fn split(op: &Self::Op) -> Vec<Self::Op> {
        match op {
            Either::A(op) => A::split(op).into_iter().map(Either::A).collect(),
            Either::B(op) => B::split(op).into_iter().map(Either::B).collect(),
        }
    }

    fn effect(
        op: &Self::Op,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        match op {
            Either::A(op) => A::effect(op, replica, &first::<A, B>(live)).map(Either::A),
            Either::B(op) => B::effect(op, replica, &second::<A, B>(live)).map(Either::B),
        }
    }

    fn carries(piece: &Self::Piece, earlier: &Self::Piece) -> bool {
        match (piece, earlier) {
            (Either::A(piece), Either::A(earlier)) => A::carries(piece, earlier),
            (Either::B(piece), Either::B(earlier)) => B::carries(piece, earlier),
            _ => false,
        }
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        (A::value(&first::<A, B>(live)), B::value(&second::<A, B>(live)))
    }
}

fn first<'a, A: Spec, B: Spec>(live: &[Live<'a, Piece<A, B>>]) -> Vec<Live<'a, A::Piece>> {
    let of_a = live.iter().filter_map(|write| match write.piece {
        Either::A(piece) => Some(Live { event: write.event, replica: write.replica, piece }),
        Either::B(_) => None,
    });
    of_a.collect()
}

fn second<'a, A: Spec, B: Spec>(live: &[Live<'a, Piece<A, B>>]) -> Vec<Live<'a, B::Piece>> {
    let of_b = live.iter().filter_map(|write| match write.piece {
        Either::B(piece) => Some(Live { event: write.event, replica: write.replica, piece }),
        Either::A(_) => None,
    });
    of_b.collect()
}
