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

/// A struct of which replicas may run different versions: a struct whose fields are in the order of
/// their names, and go by them. A field that is absent is bottom.
pub const FIELDS: &str = "rejoin::Fields";

/// A field of such a struct that is bottom, so that it need not be written.
pub const BOTTOM: &str = "rejoin::Bottom";

/// Where a field of such a struct would have its name: its value is the name of a field that is not
/// known here, and the next field is that field.
pub const UNKNOWN_NAME: &str = "rejoin::UnknownName";

/// Where a field of such a struct would have its name: its value is the content of the field whose
/// name came before.
pub const UNKNOWN_FIELD: &str = "rejoin::UnknownField";

/// An enum under which a format that describes itself gives a value by its
/// [kind](https://docs.rs/rejoin-core/latest/rejoin_core/wire/enum.Kind.html): each variant has the
/// number of a kind.
pub const BY_KIND: &str = "rejoin::ByKind";

/// A pair of a name and a content, which is a variant of an enum that is not known here.
pub const VARIANT: &str = "rejoin::Variant";
