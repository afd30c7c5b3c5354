//! The names under which types announce themselves to a serialization format.
//!
//! In formats that are not human-readable some types serialize as a newtype struct with one of
//! these names. To most formats that is nothing; one that knows the names can treat the types
//! better than by their parts, as `rejoin-codec` does: it writes every replica id once, and dots in
//! runs.

/// A [`ReplicaId`](crate::ReplicaId): 16 bytes.
pub const REPLICA_ID: &str = "rejoin::ReplicaId";

/// A [`Dot`](crate::Dot): the pair of a replica id and a `u64`.
pub const DOT: &str = "rejoin::Dot";

/// A dot store of the lowest level: a sequence, with its length, of dots in ascending order, or of
/// pairs of a dot and a value.
pub const DOT_STORE: &str = "rejoin::DotStore";

/// A struct of which replicas may run different versions: a map from the names of its fields to
/// these, without those that are bottom, in the order of their lowest dots.
pub const FIELDS: &str = "rejoin::Fields";

/// An enum under which a format that describes itself gives a value by its
/// [kind](https://docs.rs/rejoin-core/latest/rejoin_core/wire/enum.Kind.html): each variant is a
/// kind, by [`BY_KIND_FROM`] and its number.
pub const BY_KIND: &str = "rejoin::ByKind";

/// What the numbers of the variants of [`BY_KIND`] begin at, so that a format that does not know it
/// hardly gives one by accident.
pub const BY_KIND_FROM: u64 = 0x7265_6a6f_696e_0000;

/// A pair of a name and a content, which is a variant of an enum that is not known here.
pub const VARIANT: &str = "rejoin::Variant";
