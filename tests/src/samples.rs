//! A value of every type, with what is special about its form in it: the golden files are these,
//! and the fuzzer starts from them.

mod clocks;
mod documents;
mod types;

use std::collections::BTreeSet;
use std::fmt::Debug;

use rejoin_core::{Crdt, Decompose, Diff, Edit, Hlc, ReplicaId, WallTime};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::worlds::Small;

pub use self::documents::{Cart, Cell, Json, Line, Order, OrderLine, Plain, Scalar, Shop};

/// One who edits.
pub const ALICE: ReplicaId = ReplicaId::from_u128(0xa11c_e000_0000_4000_8000_0000_0000_0001);
/// Another one.
pub const BOB: ReplicaId = ReplicaId::from_u128(0xb0b0_0000_0000_4000_8000_0000_0000_0002);

/// What all of them can do.
pub trait Value: Serialize + DeserializeOwned + PartialEq + Clone + Debug + 'static {}
impl<T: Serialize + DeserializeOwned + PartialEq + Clone + Debug + 'static> Value for T {}

/// Something to be done with each sample.
pub trait Visitor {
    /// Does it.
    fn value<T: Value>(&mut self, name: &str, value: T);

    /// The same, and what a lattice can do.
    fn crdt<T>(&mut self, name: &str, value: T)
    where
        T: Value + Crdt + Diff<Digest: Value> + Decompose,
    {
        self.value(name, value);
    }
}

/// Calls `visitor` with every sample: those that are written by hand, and one of each type of the
/// catalogue of which there is none.
pub fn all(visitor: &mut impl Visitor) {
    let mut visitor = Named { visitor, names: BTreeSet::new() };
    documents::plain(&mut visitor);
    clocks::clocks(&mut visitor);
    types::counters(&mut visitor);
    types::registers(&mut visitor);
    types::sets(&mut visitor);
    types::maps(&mut visitor);
    clocks::stores(&mut visitor);
    clocks::halves(&mut visitor);
    documents::composed(&mut visitor);
    types::others(&mut visitor);
}

/// Knows which samples there were.
struct Named<'a, V> {
    visitor: &'a mut V,
    names: BTreeSet<String>,
}

impl<V: Visitor> Named<'_, V> {
    /// Visits what the operations of a small world make, unless there is a sample of the name.
    fn world<S>(&mut self, name: &str)
    where
        S: Small<Real: Value + Diff<Digest: Value>>,
    {
        if !self.names.contains(name) {
            let alphabet = S::alphabet();
            let op = |at: usize| {
                let (op, _) = &alphabet[at % alphabet.len()];
                move |cursor: &mut <S::Real as Edit>::Cursor<'_>| S::apply(cursor, op)
            };
            self.crdt(name, edited::<S::Real>(op(0), op(1), op(2)));
        }
    }
}

impl<V: Visitor> Visitor for Named<'_, V> {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        assert!(self.names.insert(name.to_owned()), "two samples of {name}");
        self.visitor.value(name, value);
    }

    fn crdt<T>(&mut self, name: &str, value: T)
    where
        T: Value + Crdt + Diff<Digest: Value> + Decompose,
    {
        assert!(self.names.insert(name.to_owned()), "two samples of {name}");
        self.visitor.crdt(name, value);
    }
}

fn stamp(millis: u64) -> Hlc {
    Hlc::new(WallTime::from_unix_millis(millis), 1).expect("48 bits")
}

/// A value after edits of two replicas, at first apart.
fn edited<T: Edit + Crdt + Clone>(
    base: impl Fn(&mut T::Cursor<'_>),
    alice: impl Fn(&mut T::Cursor<'_>),
    bob: impl Fn(&mut T::Cursor<'_>),
) -> T {
    let mut here = T::default();
    here.edit(ALICE, |cursor| base(cursor));
    let mut there = here.clone();
    here.edit(ALICE, |cursor| alice(cursor));
    there.edit(BOB, |cursor| bob(cursor));
    here.merge(there);
    here
}
