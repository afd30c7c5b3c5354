//! What `#[derive(Upgradable)]` writes calls of.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use rejoin_clocks::announce;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};

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

    /// The names of fields that have been given up, in any order.
    const RESERVED: &'static [&'static str];

    /// Where the fields that are not known are.
    fn unknown(&mut self) -> &mut Unknown;

    /// The same, to look at.
    fn unknown_ref(&self) -> &Unknown;

    /// Writes the field at this place of `FIELDS`, by [`serialize_field`].
    ///
    /// # Errors
    ///
    /// What the serializer says.
    fn serialize_at<S: SerializeStruct>(
        &self,
        at: usize,
        is_readable: bool,
        fields: &mut S,
    ) -> Result<(), S::Error>;

    /// Reads the field at this place of `FIELDS`, by [`next_value`].
    ///
    /// # Errors
    ///
    /// What the deserializer says.
    fn value_at<'de, A: MapAccess<'de>>(&mut self, at: usize, map: &mut A) -> Result<(), A::Error>;

    /// The same, by [`next_element`].
    ///
    /// # Errors
    ///
    /// What the deserializer says.
    fn element_at<'de, A: SeqAccess<'de>>(
        &mut self,
        at: usize,
        seq: &mut A,
    ) -> Result<(), A::Error>;
}

/// Writes a field.
///
/// # Errors
///
/// What the serializer says.
#[inline]
pub fn serialize_field<S: SerializeStruct, T: DotStore + Serialize>(
    name: &'static str,
    value: &T,
    is_readable: bool,
    fields: &mut S,
) -> Result<(), S::Error> {
    if is_readable {
        fields.serialize_field(name, &Readable(value))
    } else if value.is_bottom() {
        fields.serialize_field(name, &Bottom(value))
    } else {
        fields.serialize_field(name, value)
    }
}

/// A field that a format may leave out, if it knows the announcement.
struct Bottom<'a, T>(&'a T);

impl<T: Serialize> Serialize for Bottom<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(announce::BOTTOM, self.0)
    }
}

/// Writes the fields, in the order of their names.
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
        value.serialize_at(at, true, &mut fields)?;
    }
    fields.end()
}

struct ByName<'a, T>(&'a T);

impl<T: FieldsByName> Serialize for ByName<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut unknown = self.0.unknown_ref().iter().peekable();
        let count = T::FIELDS.len() + self.0.unknown_ref().iter().count();
        let mut fields = serializer.serialize_struct(T::NAME, count)?;
        for (at, name) in T::FIELDS.iter().enumerate() {
            while let Some((name, content)) = unknown.next_if(|(before, _)| before < name) {
                serialize_unknown(name, content, &mut fields)?;
            }
            self.0.serialize_at(at, false, &mut fields)?;
        }
        for (name, content) in unknown {
            serialize_unknown(name, content, &mut fields)?;
        }
        fields.end()
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
        let mut fields = serializer.serialize_struct("", self.0.iter().count())?;
        for (name, content) in self.0.iter() {
            serialize_unknown(name, content, &mut fields)?;
        }
        fields.end()
    }
}

fn serialize_unknown<S: SerializeStruct>(
    name: &str,
    content: &Content,
    fields: &mut S,
) -> Result<(), S::Error> {
    fields.serialize_field(announce::UNKNOWN_NAME, name)?;
    fields.serialize_field(announce::UNKNOWN_FIELD, content)
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
        deserializer.deserialize_struct(T::NAME, T::FIELDS, Fields(PhantomData))
    } else {
        deserializer.deserialize_newtype_struct(announce::FIELDS, Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

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
        let mut value = T::default();
        while let Some(key) = map.next_key::<Key<T>>()? {
            match key {
                Key::Known(at, _) => value.value_at(at, &mut map)?,
                Key::Unknown(name) => {
                    let content: Content = map.next_value()?;
                    if content.is_bottom() {
                        return Err(A::Error::custom("a field that is bottom"));
                    }
                    if !T::RESERVED.contains(&&*name) {
                        value.unknown().insert(name, content);
                    }
                }
            }
        }
        Ok(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        let mut value = T::default();
        for at in 0..T::FIELDS.len() {
            value.element_at(at, &mut seq)?;
        }
        Ok(value)
    }
}

/// Reads a field of a map, which is bottom before.
///
/// # Errors
///
/// What the deserializer says, and when it is not bottom before.
#[inline]
pub fn next_value<'de, A: MapAccess<'de>, T: DotStore + Deserialize<'de>>(
    field: &mut T,
    map: &mut A,
) -> Result<(), A::Error> {
    let value = map.next_value()?;
    if !field.is_bottom() {
        return Err(A::Error::custom("a field is there twice"));
    }
    *field = value;
    Ok(())
}

/// Reads a field of a sequence.
///
/// # Errors
///
/// What the deserializer says, and when there is none.
pub fn next_element<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
    field: &mut T,
    seq: &mut A,
) -> Result<(), A::Error> {
    let value = seq.next_element()?;
    *field = value.ok_or_else(|| A::Error::custom("a field is missing"))?;
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
        deserializer.deserialize_identifier(KeyVisitor(PhantomData))
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
