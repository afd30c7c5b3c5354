use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};

use super::probe::Probe;

/// Serializes as the value; in human-readable formats only if it will be read as that and no other.
///
/// `null` is all that they have for `None`, for what is empty, and for NaN. So in the value no
/// float may be infinite or NaN, no `Some` may hold what is written as nothing, as in `Some(None)`,
/// and no more than [`READABLE_DEPTH`](super::READABLE_DEPTH) lists and objects may be in each
/// other.
///
/// Types that have values of others in them wrap each of these. [`serialize_entries`] does so with
/// keys, and [`serialize_set`] and [`serialize_store`] with all that they are given.
///
/// [`serialize_entries`]: super::serialize_entries
/// [`serialize_set`]: super::serialize_set
/// [`serialize_store`]: super::serialize_store
#[derive(Clone, Copy, Debug)]
pub struct Readable<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Serialize for Readable<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() && !Probe::is::<S>() {
            self.0.serialize(Probe::default()).map_err(S::Error::custom)?;
        }
        self.0.serialize(serializer)
    }
}

/// Serializes a value that may be absent; in human-readable formats as a list of none or one, so
/// that an absent value differs from each value, whatever that is written as.
///
/// # Errors
///
/// What the serializer says; in human-readable formats as [`Readable`].
pub fn serialize_optional<T: Serialize, S: Serializer>(
    value: Option<&T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.collect_seq(value.map(Readable))
    } else {
        value.serialize(serializer)
    }
}

/// Reads what [`serialize_optional`] writes.
///
/// # Errors
///
/// What the deserializer says; if there are several values.
pub fn deserialize_optional<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_seq(AtMostOne(PhantomData))
    } else {
        Option::deserialize(deserializer)
    }
}

struct AtMostOne<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMostOne<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of at most one value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<T>, A::Error> {
        let Some(value) = seq.next_element()? else { return Ok(None) };
        if seq.next_element::<T>()?.is_some() {
            return Err(A::Error::invalid_length(2, &self));
        }
        Ok(Some(value))
    }
}
