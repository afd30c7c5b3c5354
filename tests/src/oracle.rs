//! The oracle: replicated values specified over events and visibility.
//!
//! An *abstract execution* keeps for each event who did it, and which events were visible to it.
//! Each replica, and each value in flight, is then just a *set of events seen*: a delta is its own
//! events, a snapshot those of its source, a group the union, and merging is union. What a replica
//! must read as is a plain function of the events that it has seen; there are no dots, contexts or
//! merges in it.
//!
//! A write is **live** in a set of events when it is in the set, and no event in the set *takes*
//! it. An event takes the writes that it overwrites or removes: those among its visible events that
//! were still live when it was made. One that was already taken by a third event is not taken
//! again; where the third event has not been seen, the write is still live.
//!
//! The first few parts of a value say nothing, where the type [hides](Decompose::HIDES_PARTS) them
//! until the last has come. Where it does not, they say something of the events of the value: a
//! replica that has got them is compared again when it has seen all of these.
//!
//! Source: Burckhardt, Gotsman, Yang, Zawirski, *Replicated Data Types: Specification,
//! Verification, Optimality* (POPL 2014).

mod execution;
mod history;
mod numbered;
mod script;
mod seen;

use std::fmt::Debug;

use quickcheck::{Arbitrary, Gen};
use rejoin_core::{Decompose, Diff, Edit, ReplicaId};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::execution::check;
pub use self::execution::find_failure;
pub use self::history::{Event, History};
pub(crate) use self::history::{Log, Operation};
pub(crate) use self::numbered::{Numbered, Numbers, Write};
pub use self::seen::Seen;
use crate::rng::Rng;

/// What a type means, in plain data.
pub trait Spec {
    /// What a user does.
    type Op: Clone + Debug;
    /// What a write leaves behind while it is live.
    type Piece: Clone + Debug;
    /// What a user reads.
    type Value: PartialEq + Debug;

    /// Any operation, on few keys and values.
    fn op(rng: &mut Rng) -> Self::Op;

    /// The operations, each with one effect, that `op` is short for.
    fn split(op: &Self::Op) -> Vec<Self::Op> {
        vec![op.clone()]
    }

    /// What one operation of `replica` does when `live` is what it sees.
    fn effect(op: &Self::Op, replica: usize, live: &[Live<'_, Self::Piece>])
    -> Effect<Self::Piece>;

    /// Whether the delta of a write says what an earlier write of the same replica said, as the
    /// total of a counter does.
    fn carries(_piece: &Self::Piece, _earlier: &Self::Piece) -> bool {
        false
    }

    /// What a user reads when `live` is there, in the order in which it was made.
    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value;
}

/// A live write.
#[derive(Debug)]
pub struct Live<'a, P> {
    /// The event that made it.
    pub event: usize,
    /// Who did.
    pub replica: usize,
    /// What it says.
    pub piece: &'a P,
}

impl<P> Clone for Live<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Live<'_, P> {}

/// What an operation does: nothing, when it writes nothing and takes nothing.
#[derive(Clone, Debug)]
pub struct Effect<P> {
    /// What it writes.
    pub piece: Option<P>,
    /// The events whose writes it overwrites or removes.
    pub takes: Vec<usize>,
}

impl<P> Effect<P> {
    /// No effect.
    #[must_use]
    pub fn none() -> Self {
        Self { piece: None, takes: Vec::new() }
    }

    /// A write that takes nothing, or no effect.
    #[must_use]
    pub fn write(piece: Option<P>) -> Self {
        Self { piece, takes: Vec::new() }
    }

    /// The effect of an operation that takes some of what is live.
    #[must_use]
    pub fn take(piece: Option<P>, live: &[Live<'_, P>], takes: impl Fn(&P) -> bool) -> Self {
        let takes = live.iter().filter(|write| takes(write.piece)).map(|write| write.event);
        Self { piece, takes: takes.collect() }
    }

    /// The same effect inside something larger.
    #[must_use]
    pub fn map<Q>(self, piece: impl FnOnce(P) -> Q) -> Effect<Q> {
        Effect { piece: self.piece.map(piece), takes: self.takes }
    }
}

/// A type of the crates, beside what it should mean.
pub trait Subject: Spec {
    /// The type under test.
    type Real: Edit + Diff + Decompose + Clone + PartialEq + Debug + Serialize + DeserializeOwned;

    /// Does `op`.
    fn apply(cursor: &mut <Self::Real as Edit>::Cursor<'_>, op: &Self::Op);

    /// Reads everything.
    fn read(real: &Self::Real) -> Self::Value;
}

/// An edit of a few random operations, for the law kit.
pub fn edit<S: Subject>(cursor: &mut <S::Real as Edit>::Cursor<'_>, g: &mut Gen) {
    let mut rng = Rng::new(u64::arbitrary(g));
    for _ in 0..1 + rng.below(3) {
        S::apply(cursor, &S::op(&mut rng));
    }
}

/// The id of the replica at an index; ids are in the order of the indices.
#[must_use]
pub fn id(replica: usize) -> ReplicaId {
    ReplicaId::from_u128(replica as u128 + 1)
}
