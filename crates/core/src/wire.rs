//! The forms that data types serialize in: what `Serialize` and `Deserialize` of a type call, so
//! that all types have the same forms and the same checks.
//!
//! | | human-readable | otherwise |
//! |---|---|---|
//! | a map | an object if all keys are texts, else a list of `[key, value]` | a map |
//! | a set | a list | a map to `()` |
//! | a dot with a value | an object | a sequence of pairs, [announced](crate::announce::DOT_STORE) |
//! | a dot | a list | a sequence, announced |
//! | a value that may be absent | a list of none or one | an option |
//!
//! A type whose meaning is not said by its parts [announces](Announced) its name.
//!
//! What is read must be in ascending order, so that equal values have equal forms. What could not
//! be read back from a human-readable form is an error when it is written: see [`Readable`].

mod announced;
mod entries;
mod kind;
mod probe;
mod readable;
mod store;

pub use self::announced::{Announced, deserialize_announced, deserialize_named};
pub use self::entries::{
    deserialize_entries, deserialize_map, deserialize_set, serialize_entries, serialize_set,
};
pub use self::kind::Kind;
pub(crate) use self::kind::by_kind;
pub use self::probe::READABLE_DEPTH;
pub use self::readable::{Readable, deserialize_optional, serialize_optional};
pub use self::store::{deserialize_dots, deserialize_store, serialize_dots, serialize_store};
