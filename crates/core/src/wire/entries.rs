use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::mem;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Readable;
use super::probe::{Probe, Shape};

/// Serializes the entries of a map, in this order.
///
/// In human-readable formats it is an object only if all keys are texts: a number that is written
/// as the key of an object is read as a text by a type that goes by what is there, such as an enum
/// with `#[serde(untagged)]`.
///
/// # Errors
///
/// What the serializer says; in human-readable formats as [`Readable`], which it is for the keys,
/// and not for the values.
pub fn serialize_entries<'a, S, K, V>(
    entries: impl ExactSizeIterator<Item = (&'a K, V)> + Clone,
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    K: Serialize + 'a,
    V: Serialize,
{
    if serializer.is_human_readable() && !are_texts(entries.clone().map(|(key, _)| key))? {
        serializer.collect_seq(entries)
    } else {
        in_order(entries, serializer)
    }
}

/// Serializes entries in this order, where `collect_map` leaves it to the serializer.
fn in_order<S: Serializer, K: Serialize, V: Serialize>(
    entries: impl ExactSizeIterator<Item = (K, V)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(&key, &value)?;
    }
    map.end()
}

/// Whether all keys are texts. Looks at each of them, so that none is written that is not readable.
fn are_texts<'a, K: Serialize + 'a, E: serde::ser::Error>(
    keys: impl Iterator<Item = &'a K>,
) -> Result<bool, E> {
    let mut all = true;
    for key in keys {
        all &= key.serialize(Probe::default()).map_err(E::custom)? == Shape::Text;
    }
    Ok(all)
}

/// Hands the entries of a map to `each` as they come, which says what is wrong with one, if
/// anything. With the first one comes the number of entries to make room for, with the others 0; it
/// is believed up to 2¹⁷, because not every format knows what it says.
///
/// # Errors
///
/// What the deserializer says, or `each`.
pub fn deserialize_entries<'de, D, K, V, E>(
    deserializer: D,
    each: impl FnMut(usize, K, V) -> Result<(), E>,
) -> Result<(), D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de>,
    V: Deserialize<'de>,
    E: fmt::Display,
{
    let entries = Entries { each, entry: PhantomData };
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(entries)
    } else {
        deserializer.deserialize_map(entries)
    }
}

struct Entries<F, K, V> {
    each: F,
    entry: PhantomData<(K, V)>,
}

impl<'de, F, K, V, E> Visitor<'de> for Entries<F, K, V>
where
    F: FnMut(usize, K, V) -> Result<(), E>,
    K: Deserialize<'de>,
    V: Deserialize<'de>,
    E: fmt::Display,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map, or a list of pairs of a key and a value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut hint = cautious(map.size_hint());
        while let Some((key, value)) = map.next_entry()? {
            (self.each)(mem::take(&mut hint), key, value).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut hint = cautious(seq.size_hint());
        while let Some((key, value)) = seq.next_element()? {
            (self.each)(mem::take(&mut hint), key, value).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// How many entries to make room for, of those that are announced.
fn cautious(announced: Option<usize>) -> usize {
    announced.unwrap_or(0).min(1 << 17)
}

/// Reads a map, in ascending order of keys.
///
/// # Errors
///
/// What the deserializer says; if keys are not in ascending order, or one is there twice.
pub fn deserialize_map<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Ord + Deserialize<'de>,
    V: Deserialize<'de>,
{
    let mut entries: Vec<(K, V)> = Vec::new();
    deserialize_entries(deserializer, |_, key, value| {
        if entries.last().is_some_and(|(last, _)| *last >= key) {
            return Err("keys are not in ascending order");
        }
        entries.push((key, value));
        Ok(())
    })?;
    Ok(entries.into_iter().collect())
}

/// Serializes the elements of a set, in this order.
///
/// # Errors
///
/// What the serializer says; in human-readable formats as [`Readable`].
pub fn serialize_set<'a, S, T>(
    elements: impl ExactSizeIterator<Item = &'a T>,
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize + 'a,
{
    if serializer.is_human_readable() {
        serializer.collect_seq(elements.map(Readable))
    } else {
        in_order(elements.map(|element| (element, ())), serializer)
    }
}

/// Reads a set, in ascending order.
///
/// # Errors
///
/// What the deserializer says; if elements are not in ascending order, or one is there twice.
pub fn deserialize_set<'de, D, T>(deserializer: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Ord + Deserialize<'de>,
{
    let elements = if deserializer.is_human_readable() {
        deserializer.deserialize_seq(Elements(PhantomData))?
    } else {
        deserializer.deserialize_map(Elements(PhantomData))?
    };
    Ok(elements.into_iter().collect())
}

/// Elements in ascending order.
struct Elements<T>(PhantomData<T>);

impl<T: Ord> Elements<T> {
    fn push<E: Error>(elements: &mut Vec<T>, element: T) -> Result<(), E> {
        if elements.last().is_some_and(|last| *last >= element) {
            return Err(E::custom("elements are not in ascending order"));
        }
        elements.push(element);
        Ok(())
    }
}

impl<'de, T: Ord + Deserialize<'de>> Visitor<'de> for Elements<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a set")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            Self::push(&mut elements, element)?;
        }
        Ok(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some((element, ())) = map.next_entry()? {
            Self::push(&mut elements, element)?;
        }
        Ok(elements)
    }
}
