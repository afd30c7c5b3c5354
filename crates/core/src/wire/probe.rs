//! What a value would be in a human-readable form, found without writing it.

use alloc::string::{String, ToString};
use core::any::type_name;
use core::fmt::{self, Display};

use serde::ser::{self, Serialize, Serializer};

/// How many lists and objects may be nested in a value in a human-readable form.
///
/// serde_json reads 127 of them, and what is around the value needs some.
pub const READABLE_DEPTH: usize = 120;

/// What a value is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing: `null`.
    Null,
    /// A text.
    Text,
    /// Anything else.
    Other,
}

/// Why a value would not be read back.
#[derive(Debug)]
pub(super) enum Unreadable {
    NotFinite,
    NothingInSome,
    TooDeep,
    /// What the value's own `Serialize` says.
    Message(String),
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str("a number that is not finite has no readable form"),
            Self::NothingInSome => {
                f.write_str("`Some` of what is written as nothing would be read as `None`")
            }
            Self::TooDeep => write!(f, "value nests deeper than {READABLE_DEPTH} in readable form"),
            Self::Message(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for Unreadable {}

impl ser::Error for Unreadable {
    fn custom<T: Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }
}

/// Looks at what a value serializes as.
#[derive(Clone, Copy, Default)]
pub(super) struct Probe {
    /// How many lists and objects are around the value.
    depth: usize,
}

impl Probe {
    /// Whether `S` is a probe, which looks at all that is in a value already. What looks once more
    /// is slow, where types contain themselves, and nothing worse.
    pub(super) fn is<S>() -> bool {
        type_name::<S>() == type_name::<Self>()
    }

    /// The probe for what is this many levels further in.
    fn within(self, levels: usize) -> Result<Self, Unreadable> {
        let depth = self.depth + levels;
        if depth > READABLE_DEPTH { Err(Unreadable::TooDeep) } else { Ok(Self { depth }) }
    }

    fn look<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unreadable> {
        value.serialize(self).map(|_| ())
    }
}

/// Methods that take one value, which is written as that.
macro_rules! probe {
    ($($method:ident: $value:ty => $shape:ident),* $(,)?) => {$(
        fn $method(self, _value: $value) -> Result<Shape, Unreadable> {
            Ok(Shape::$shape)
        }
    )*};
}

impl Serializer for Probe {
    type Ok = Shape;
    type Error = Unreadable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    probe! {
        serialize_bool: bool => Other,
        serialize_i8: i8 => Other,
        serialize_i16: i16 => Other,
        serialize_i32: i32 => Other,
        serialize_i64: i64 => Other,
        serialize_i128: i128 => Other,
        serialize_u8: u8 => Other,
        serialize_u16: u16 => Other,
        serialize_u32: u32 => Other,
        serialize_u64: u64 => Other,
        serialize_u128: u128 => Other,
        serialize_char: char => Text,
        serialize_str: &str => Text,
        serialize_bytes: &[u8] => Other,
        serialize_unit_struct: &'static str => Null,
    }

    fn serialize_f32(self, value: f32) -> Result<Shape, Unreadable> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Shape, Unreadable> {
        if value.is_finite() { Ok(Shape::Other) } else { Err(Unreadable::NotFinite) }
    }

    fn collect_str<T: Display + ?Sized>(self, _value: &T) -> Result<Shape, Unreadable> {
        Ok(Shape::Text)
    }

    fn serialize_none(self) -> Result<Shape, Unreadable> {
        Ok(Shape::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Shape, Unreadable> {
        match value.serialize(self)? {
            Shape::Null => Err(Unreadable::NothingInSome),
            Shape::Text | Shape::Other => Ok(Shape::Other),
        }
    }

    fn serialize_unit(self) -> Result<Shape, Unreadable> {
        Ok(Shape::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
    ) -> Result<Shape, Unreadable> {
        Ok(Shape::Text)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Shape, Unreadable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<Shape, Unreadable> {
        self.within(1)?.look(value)?;
        Ok(Shape::Other)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self, Unreadable> {
        self.within(1)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self, Unreadable> {
        self.within(1)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Self, Unreadable> {
        self.within(1)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self, Unreadable> {
        self.within(2)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self, Unreadable> {
        self.within(1)
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, Unreadable> {
        self.within(1)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self, Unreadable> {
        self.within(2)
    }
}

/// Looks at each part of a container. The methods take a value, after others that do not matter.
macro_rules! parts {
    ($($container:ident { $($method:ident($($other:ty),*);)* })*) => {$(
        impl ser::$container for Probe {
            type Ok = Shape;
            type Error = Unreadable;

            $(
                fn $method<T: Serialize + ?Sized>(
                    &mut self,
                    $(_: $other,)*
                    value: &T,
                ) -> Result<(), Unreadable> {
                    self.look(value)
                }
            )*

            fn end(self) -> Result<Shape, Unreadable> {
                Ok(Shape::Other)
            }
        }
    )*};
}

parts! {
    SerializeSeq { serialize_element(); }
    SerializeTuple { serialize_element(); }
    SerializeTupleStruct { serialize_field(); }
    SerializeTupleVariant { serialize_field(); }
    SerializeMap { serialize_key(); serialize_value(); }
    SerializeStruct { serialize_field(&'static str); }
    SerializeStructVariant { serialize_field(&'static str); }
}
