//! The forms that data types serialize in: what `Serialize` and `Deserialize` of a type call, so that
//! all types have the same forms and the same checks.
//!
//! | | human-readable | otherwise |
//! |---|---|---|
//! | a map | an object if all keys are texts, numbers or the like, else a list of `[key, value]` | a map |
//! | a set | a list | a map to `()` |
//! | a dot with a value | an object | a sequence of pairs, [announced](crate::announce::DOT_STORE) |
//! | a dot | a list | a sequence, announced |
//!
//! What is read must be in ascending order, so that equal values have equal forms.

mod entries;
mod key;
mod store;

pub use self::entries::{
    deserialize_entries, deserialize_map, deserialize_set, serialize_entries, serialize_set,
};
pub use self::store::{deserialize_dots, deserialize_store, serialize_dots, serialize_store};
