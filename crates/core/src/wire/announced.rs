use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A type that announces its name to formats that are not human-readable, so that what has equal
/// bytes and another meaning has another [shape](https://docs.rs/rejoin-shape).
pub trait Announced<'de>: Sized {
    /// The name, which begins with `rejoin::` if the type is one of Rejoin.
    const NAME: &'static str;

    /// Reads what is behind the name.
    ///
    /// # Errors
    ///
    /// What the deserializer says, and what is wrong with the value.
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads a type that announces itself: in formats that are not human-readable as a newtype struct
/// of its name, which takes no bytes.
///
/// # Errors
///
/// What the deserializer says, and what is wrong with the value.
#[inline]
pub fn deserialize_announced<'de, T: Announced<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    if deserializer.is_human_readable() {
        T::read(deserializer)
    } else {
        deserializer.deserialize_newtype_struct(T::NAME, Behind(PhantomData))
    }
}

/// Reads the content of a type of this name, as [`deserialize_announced`] does.
///
/// # Errors
///
/// What the deserializer says, and what is wrong with the value.
#[inline]
pub fn deserialize_named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    name: &'static str,
    deserializer: D,
) -> Result<T, D::Error> {
    if deserializer.is_human_readable() {
        T::deserialize(deserializer)
    } else {
        deserializer.deserialize_newtype_struct(name, Content(PhantomData))
    }
}

struct Behind<T>(PhantomData<T>);

impl<'de, T: Announced<'de>> Visitor<'de> for Behind<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        T::read(inner)
    }
}

struct Content<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Content<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content of a type that announces itself")
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        T::deserialize(inner)
    }
}
