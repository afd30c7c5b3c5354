use rejoin_core::{Decompose, Diff};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be replicated: a lattice that tells what a peer lacks, comes apart, and goes over
/// the wire.
///
/// Every type with the traits that it asks for has it. That is any type of this workspace with its
/// `serde` feature on, and any struct of them with the derives. A type that has only a `merge` goes
/// in as [`Whole`](rejoin_core::Whole).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be replicated by the store",
    label = "is not `Diff + Decompose + PartialEq + Serialize + DeserializeOwned`",
    note = "a struct of lattices: `#[derive(Clone, Default, PartialEq, Crdt, Diff, Decompose, Serialize, Deserialize)]`",
    note = "a type that has only a `merge`: use `Whole<{Self}>`",
    note = "a dot store such as `OrMap` is replicated together with its context: use `Causal<{Self}>`"
)]
pub trait Replicated:
    Diff<Digest: Serialize + DeserializeOwned> + Decompose + PartialEq + Serialize + DeserializeOwned
{
}

impl<S> Replicated for S where
    S: Diff<Digest: Serialize + DeserializeOwned>
        + Decompose
        + PartialEq
        + Serialize
        + DeserializeOwned
{
}
