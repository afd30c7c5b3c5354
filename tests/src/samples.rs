//! A value of every type, with what is special about its form in it: the golden files are these,
//! and the fuzzer starts from them.

mod clocks;
mod documents;
mod types;

use std::fmt::Debug;

use rejoin_core::{Crdt, Decompose, Diff, Edit, Hlc, ReplicaId};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::documents::{Cart, Cell, Json, Line, Plain, Scalar, Shop};

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

/// Calls `visitor` with every sample.
pub fn all(visitor: &mut impl Visitor) {
    documents::plain(visitor);
    clocks::clocks(visitor);
    types::counters(visitor);
    types::registers(visitor);
    types::sets(visitor);
    types::maps(visitor);
    clocks::stores(visitor);
    documents::composed(visitor);
}

fn stamp(millis: u64) -> Hlc {
    Hlc::new(millis, 1).expect("48 bits")
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
