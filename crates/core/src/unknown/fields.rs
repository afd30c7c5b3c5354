//! What `#[derive(Upgradable)]` writes calls of.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use rejoin_clocks::{Dot, announce};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeStruct, Serializer};
use smallvec::SmallVec;

use super::Unknown;
use super::content::Content;
use crate::DotStore;
use crate::wire::Readable;

/// A struct whose fields go by name, so that its versions may differ.
pub trait FieldsByName: Default {
    /// The name of the struct.
    const NAME: &'static str;

    /// The names of the fields, in ascending order.
    const FIELDS: &'static [&'static str];

    /// Where the fields that are not known are.
    fn unknown(&mut self) -> &mut Unknown;

    /// The same, to look at.
    fn unknown_ref(&self) -> &Unknown;

    /// The lowest dot of the field at this place of `FIELDS`.
    fn lowest_dot_at(&self, at: usize) -> Option<Dot>;

    /// Writes the field at this place of `FIELDS`.
    ///
    /// # Errors
    ///
    /// What the serializer says.
    fn value_to<M: SerializeMap>(&self, at: usize, map: &mut M) -> Result<(), M::Error>;

    /// The same, in a human-readable format, by [`serialize_field`].
    ///
    /// # Errors
    ///
    /// What the serializer says.
    fn field_to<S: SerializeStruct>(&self, at: usize, fields: &mut S) -> Result<(), S::Error>;

    /// Reads the field at this place of `FIELDS`, by [`next_value`].
    ///
    /// # Errors
    ///
    /// What the deserializer says.
    fn value_at<'de, A: MapAccess<'de>>(&mut self, at: usize, map: &mut A) -> Result<(), A::Error>;
}

/// Writes a field in a human-readable format.
///
/// # Errors
///
/// What the serializer says.
pub fn serialize_field<S: SerializeStruct, T: Serialize>(
    name: &'static str,
    value: &T,
    fields: &mut S,
) -> Result<(), S::Error> {
    fields.serialize_field(name, &Readable(value))
}

/// Writes the fields.
///
/// # Errors
///
/// What the serializer says, and in human-readable formats when there is something unknown, of
/// which they have no form.
pub fn serialize_fields<T: FieldsByName, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if !serializer.is_human_readable() {
        return serializer.serialize_newtype_struct(announce::FIELDS, &ByName(value));
    }
    if let Some(name) = value.unknown_ref().names().next() {
        let message = "the field is of a later version, and has no readable form here";
        return Err(S::Error::custom(format_args!("{}.{name}: {message}", T::NAME)));
    }
    let mut fields = serializer.serialize_struct(T::NAME, T::FIELDS.len())?;
    for at in 0..T::FIELDS.len() {
        value.field_to(at, &mut fields)?;
    }
    fields.end()
}

/// The fields that are not bottom, in the order of their lowest dots: what was written one after
/// the other is then together, and so are its dots.
struct ByName<'a, T>(&'a T);

impl<T: FieldsByName> Serialize for ByName<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unknown: Vec<(&str, &Content)> = self.0.unknown_ref().iter().collect();
        let known = T::FIELDS.len();
        let all = (0..known).map(|at| self.0.lowest_dot_at(at));
        let all = all.chain(unknown.iter().map(|(_, content)| content.lowest_dot()));
        let all = all.enumerate().filter_map(|(at, dot)| Some((dot?, at)));
        let mut fields: SmallVec<[(Dot, usize); 8]> = all.collect();
        fields.sort_unstable();
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (_, at) in fields {
            if let Some(name) = T::FIELDS.get(at) {
                map.serialize_key(name)?;
                self.0.value_to(at, &mut map)?;
            } else if let Some((name, content)) = unknown.get(at - known) {
                map.serialize_entry(name, content)?;
            }
        }
        map.end()
    }
}

/// Writes a struct of which no field is known.
pub(super) fn serialize_unknowns<S: Serializer>(
    unknown: &Unknown,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(announce::FIELDS, &Unknowns(unknown))
}

struct Unknowns<'a>(&'a Unknown);

impl Serialize for Unknowns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields: Vec<_> = self.0.iter().collect();
        fields.sort_by_key(|(_, content)| content.lowest_dot());
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, content) in fields {
            map.serialize_entry(name, content)?;
        }
        map.end()
    }
}

/// Reads the fields.
///
/// # Errors
///
/// What the deserializer says; when a field is there twice, or is unknown in a format that does
/// not describe itself as rejoin-codec does.
pub fn deserialize_fields<'de, T: FieldsByName, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    if deserializer.is_human_readable() {
        let fields = Fields { in_order: false, fields: PhantomData };
        deserializer.deserialize_struct(T::NAME, T::FIELDS, fields)
    } else {
        let fields = Fields { in_order: true, fields: PhantomData };
        deserializer.deserialize_newtype_struct(announce::FIELDS, fields)
    }
}

struct Fields<T> {
    /// Of their lowest dots.
    in_order: bool,
    fields: PhantomData<T>,
}

impl<'de, T: FieldsByName> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fields of {}", T::NAME)
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        inner.deserialize_struct(T::NAME, T::FIELDS, self)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let (mut value, mut last, mut seen) = (T::default(), None, 0_u64);
        while let Some(key) = map.next_key::<Key<T>>()? {
            let lowest = match key {
                Key::Known(at, _) => {
                    let bit = 1_u64.checked_shl(at as u32).unwrap_or(0);
                    if seen & bit != 0 || bit == 0 && value.lowest_dot_at(at).is_some() {
                        return Err(A::Error::custom("a field is there twice"));
                    }
                    seen |= bit;
                    value.value_at(at, &mut map)?;
                    value.lowest_dot_at(at)
                }
                Key::Unknown(name) => {
                    let content: Content = map.next_value()?;
                    let lowest = content.lowest_dot();
                    value.unknown().insert(name, content);
                    lowest
                }
            };
            if self.in_order {
                if lowest.is_none() {
                    return Err(A::Error::custom("a field that is bottom"));
                }
                if lowest <= last {
                    let message = "fields are not in ascending order of their dots";
                    return Err(A::Error::custom(message));
                }
                last = lowest;
            }
        }
        Ok(value)
    }

    /// In a format that gives a struct as a sequence, there is the map of the fields in the place
    /// of the first.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        let value = seq.next_element_seed(AsMap(self))?;
        value.ok_or_else(|| A::Error::custom("the fields are missing"))
    }
}

struct AsMap<T>(Fields<T>);

impl<'de, T: FieldsByName> DeserializeSeed<'de> for AsMap<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self.0)
    }
}

/// Reads a field of a map.
///
/// # Errors
///
/// What the deserializer says.
#[inline]
pub fn next_value<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    field: &mut T,
    map: &mut A,
) -> Result<(), A::Error> {
    *field = map.next_value()?;
    Ok(())
}

/// The name of a field: its place, or the name if it is not known.
enum Key<T> {
    Known(usize, PhantomData<T>),
    Unknown(Box<str>),
}

impl<'de, T: FieldsByName> Deserialize<'de> for Key<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor(PhantomData))
    }
}

struct KeyVisitor<T>(PhantomData<T>);

impl<'de, T: FieldsByName> Visitor<'de> for KeyVisitor<T> {
    type Value = Key<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    /// What rejoin-codec gives for a field that is known.
    #[inline]
    fn visit_u64<E: serde::de::Error>(self, at: u64) -> Result<Key<T>, E> {
        let at = usize::try_from(at).ok().filter(|at| *at < T::FIELDS.len());
        at.map(|at| Key::Known(at, PhantomData)).ok_or_else(|| E::custom("no such field"))
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Key<T>, E> {
        Ok(match T::FIELDS.binary_search(&name) {
            Ok(at) => Key::Known(at, PhantomData),
            Err(_) => Key::Unknown(String::from(name).into()),
        })
    }
}
