//! The plainest value of a type, for what has to be there before another part can be reached.

use rejoin_clocks::announce;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use crate::asked::End;

/// How deep plainest values may be nested, where types contain themselves.
const MAX_DEPTH: usize = 32;

/// Has the number 1, the text "1", what is empty, and each first variant.
#[derive(Clone, Copy, Default)]
pub(crate) struct Minimal {
    depth: usize,
    /// Whether it is within an id, which has 16 bytes.
    is_id: bool,
    /// Whether it is a struct whose fields may be absent.
    is_open: bool,
}

impl Minimal {
    fn inner(self) -> Result<Self, End> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH { Err(End) } else { Ok(Self { depth, is_open: false, ..self }) }
    }
}

macro_rules! plain {
    ($($deserialize:ident: $visit:ident($value:expr),)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
            visitor.$visit($value)
        }
    )*};
}

/// That of a node, and of the first of its runs.
const ID: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

impl<'de> Deserializer<'de> for Minimal {
    type Error = End;

    fn is_human_readable(&self) -> bool {
        false
    }

    plain! {
        deserialize_bool: visit_bool(false),
        deserialize_i8: visit_i8(1),
        deserialize_i16: visit_i16(1),
        deserialize_i32: visit_i32(1),
        deserialize_i64: visit_i64(1),
        deserialize_i128: visit_i128(1),
        deserialize_u8: visit_u8(1),
        deserialize_u16: visit_u16(1),
        deserialize_u32: visit_u32(1),
        deserialize_u64: visit_u64(1),
        deserialize_u128: visit_u128(1),
        deserialize_f32: visit_f32(1.0),
        deserialize_f64: visit_f64(1.0),
        deserialize_char: visit_char('1'),
        deserialize_str: visit_str("1"),
        deserialize_string: visit_str("1"),
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, End> {
        Err(End)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        visitor.visit_unit()
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, End> {
        Err(End)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        visitor.visit_bytes(if self.is_id { &ID } else { &[] })
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, End> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, End> {
        let is_id = self.is_id || name == announce::REPLICA_ID;
        let is_open = name == announce::FIELDS;
        visitor.visit_newtype_struct(Self { is_id, is_open, ..self.inner()? })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        visitor.visit_seq(Parts { inner: self.inner()?, left: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, End> {
        visitor.visit_seq(Parts { inner: self.inner()?, left: len })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, End> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        visitor.visit_map(Fields { inner: self.inner()?, names: &[] })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, End> {
        let names = if self.is_open { &[] } else { fields };
        visitor.visit_map(Fields { inner: self.inner()?, names })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, End> {
        visitor.visit_enum(First { inner: self.inner()?, name: variants.first().ok_or(End)? })
    }
}

struct Parts {
    inner: Minimal,
    left: usize,
}

impl<'de> SeqAccess<'de> for Parts {
    type Error = End;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, End> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.inner).map(Some)
    }
}

struct Fields {
    inner: Minimal,
    names: &'static [&'static str],
}

impl<'de> MapAccess<'de> for Fields {
    type Error = End;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, End> {
        let Some((name, rest)) = self.names.split_first() else { return Ok(None) };
        self.names = rest;
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, End> {
        seed.deserialize(self.inner)
    }
}

/// The first variant.
struct First {
    inner: Minimal,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for First {
    type Error = End;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), End> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for First {
    type Error = End;

    fn unit_variant(self) -> Result<(), End> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, End> {
        seed.deserialize(self.inner)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, End> {
        self.inner.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, End> {
        self.inner.deserialize_struct("", fields, visitor)
    }
}
