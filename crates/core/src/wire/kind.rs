use core::fmt;

use rejoin_clocks::announce;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};

/// What stands at a place of an encoding: the kinds of serde's data model
/// that [unknown content](crate::Unknown) is read and written by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// No value has come to this place.
    #[default]
    Nothing,
    /// `bool`.
    Bool,
    /// `u8`.
    U8,
    /// `i8`.
    I8,
    /// `u16`, `u32` or `u64`.
    Number,
    /// `i16`, `i32` or `i64`.
    Signed,
    /// `u128`.
    Wide,
    /// `i128`.
    SignedWide,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `char`.
    Char,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// The unit, or a struct or variant without fields.
    Unit,
    /// A [`ReplicaId`](crate::ReplicaId).
    Replica,
    /// A [`Dot`](crate::Dot).
    Dot,
    /// An option of what is below.
    Option,
    /// A sequence of what is below.
    List,
    /// A map of what is below: a key and a value.
    Map,
    /// What is below one after the other: a tuple, or a struct whose fields have no names in the
    /// encoding.
    Tuple,
    /// A variant of an enum, by name.
    Variants,
    /// A dot store in which nothing lives.
    Store,
    /// A dot store of dots.
    Dots,
    /// A dot store of dots with values.
    Values,
    /// A [struct whose fields go by name](crate::announce::FIELDS).
    Fields,
}

impl Kind {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 25] = [
        Self::Nothing,
        Self::Bool,
        Self::U8,
        Self::I8,
        Self::Number,
        Self::Signed,
        Self::Wide,
        Self::SignedWide,
        Self::F32,
        Self::F64,
        Self::Char,
        Self::Text,
        Self::Bytes,
        Self::Unit,
        Self::Replica,
        Self::Dot,
        Self::Option,
        Self::List,
        Self::Map,
        Self::Tuple,
        Self::Variants,
        Self::Store,
        Self::Dots,
        Self::Values,
        Self::Fields,
    ];

    /// The number of the kind, as encodings have it.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// Asks a deserializer for what is there, with its kind.
pub(crate) fn by_kind<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    deserializer: D,
    visitor: V,
) -> Result<V::Value, D::Error> {
    if deserializer.is_human_readable() {
        return Err(D::Error::custom("a field that is not known in this version of the type"));
    }
    deserializer.deserialize_enum(announce::BY_KIND, &[], visitor)
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KindVisitor)
    }
}

struct KindVisitor;

impl Visitor<'_> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of a kind")
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Kind, E> {
        let number = number.checked_sub(announce::BY_KIND_FROM);
        let number = number.and_then(|number| usize::try_from(number).ok());
        let kind = number.and_then(|number| Kind::ALL.get(number));
        kind.copied().ok_or_else(|| E::custom("no such kind"))
    }
}
