//! A deserializer that leads to one part of a type and notes what is asked there.

use core::any::type_name;

use rejoin_clocks::announce;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::asked::{Asked, End, Kind};
use crate::minimal::Minimal;
use crate::shape::Scalar;

/// What the type `T` asks for at the part that is on this path, if the path leads there.
pub(crate) fn ask<T: DeserializeOwned>(path: &[usize]) -> Option<Asked> {
    let mut route = Route { path, asked: None };
    // It never has a value: either something is noted, or the type has refused to go on.
    let _ = T::deserialize(Walk { route: &mut route });
    route.asked
}

struct Route<'a> {
    /// What is left of the path.
    path: &'a [usize],
    asked: Option<Asked>,
}

struct Walk<'r, 'a> {
    route: &'r mut Route<'a>,
}

impl Walk<'_, '_> {
    /// The number of the part to go on to; or this is the place, and the walk ends.
    fn step<V>(&mut self, kind: Kind) -> Result<usize, End> {
        match self.route.path.split_first() {
            Some((&part, rest)) => {
                self.route.path = rest;
                Ok(part)
            }
            None => {
                self.route.asked = Some(Asked { kind, visitor: type_name::<V>() });
                Err(End)
            }
        }
    }

    /// A value without parts ends every walk.
    fn scalar<V>(mut self, scalar: Scalar) -> End {
        match self.step::<V>(Kind::Scalar(scalar)) {
            Ok(_) | Err(End) => End,
        }
    }
}

macro_rules! scalars {
    ($($deserialize:ident: $scalar:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, End> {
            Err(self.scalar::<V>(Scalar::$scalar))
        }
    )*};
}

impl<'de> Deserializer<'de> for Walk<'_, '_> {
    type Error = End;

    fn is_human_readable(&self) -> bool {
        false
    }

    scalars! {
        deserialize_bool: Bool,
        deserialize_i8: I8,
        deserialize_i16: I16,
        deserialize_i32: I32,
        deserialize_i64: I64,
        deserialize_i128: I128,
        deserialize_u8: U8,
        deserialize_u16: U16,
        deserialize_u32: U32,
        deserialize_u64: U64,
        deserialize_u128: U128,
        deserialize_f32: F32,
        deserialize_f64: F64,
        deserialize_char: Char,
        deserialize_str: Text,
        deserialize_string: Text,
        deserialize_bytes: Bytes,
        deserialize_byte_buf: Bytes,
        deserialize_unit: Unit,
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, _visitor: V) -> Result<V::Value, End> {
        self.step::<V>(Kind::Unknown).and(Err(End))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        self.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, End> {
        self.deserialize_any(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        _visitor: V,
    ) -> Result<V::Value, End> {
        self.step::<V>(Kind::Struct(name, &[])).and(Err(End))
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, End> {
        self.step::<V>(Kind::Option)?;
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, End> {
        match name {
            announce::REPLICA_ID => return Err(self.scalar::<V>(Scalar::ReplicaId)),
            announce::DOT => return Err(self.scalar::<V>(Scalar::Dot)),
            _ => self.step::<V>(Kind::Newtype(name))?,
        };
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, End> {
        self.step::<V>(Kind::List)?;
        visitor.visit_seq(Parts { walk: Some(self), before: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, End> {
        let before = self.step::<V>(Kind::Tuple(len))?;
        visitor.visit_seq(Parts { walk: Some(self), before })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, End> {
        let before = self.step::<V>(Kind::TupleStruct(name, len))?;
        visitor.visit_seq(Parts { walk: Some(self), before })
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, End> {
        let is_value = self.step::<V>(Kind::Map)? > 0;
        visitor.visit_map(Entry { walk: Some(self), is_value })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, End> {
        let at = self.step::<V>(Kind::Struct(name, fields))?;
        visitor.visit_map(Field { walk: Some(self), name: fields.get(at).ok_or(End)? })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, End> {
        let at = self.step::<V>(Kind::Enum(name, variants))?;
        visitor.visit_enum(Variant { walk: self, name: variants.get(at).ok_or(End)? })
    }
}

/// The parts of a list or a tuple: the plainest values, and then the one that the walk goes on to.
struct Parts<'r, 'a> {
    walk: Option<Walk<'r, 'a>>,
    before: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_, '_> {
    type Error = End;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, End> {
        if self.before > 0 {
            self.before -= 1;
            return seed.deserialize(Minimal::default()).map(Some);
        }
        seed.deserialize(self.walk.take().ok_or(End)?).map(Some)
    }
}

/// An entry of a map. The walk goes on to its key or to its value.
struct Entry<'r, 'a> {
    walk: Option<Walk<'r, 'a>>,
    is_value: bool,
}

impl<'de> MapAccess<'de> for Entry<'_, '_> {
    type Error = End;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, End> {
        if self.is_value {
            return seed.deserialize(Minimal::default()).map(Some);
        }
        seed.deserialize(self.walk.take().ok_or(End)?).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, End> {
        seed.deserialize(self.walk.take().ok_or(End)?)
    }
}

/// The field of a struct that the walk goes on to.
struct Field<'r, 'a> {
    walk: Option<Walk<'r, 'a>>,
    name: &'static str,
}

impl<'de> MapAccess<'de> for Field<'_, '_> {
    type Error = End;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, End> {
        seed.deserialize(StrDeserializer::new(self.name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, End> {
        seed.deserialize(self.walk.take().ok_or(End)?)
    }
}

/// A variant, whose content the walk goes on to.
struct Variant<'r, 'a> {
    walk: Walk<'r, 'a>,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = End;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), End> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = End;

    fn unit_variant(self) -> Result<(), End> {
        Err(self.walk.scalar::<()>(Scalar::Unit))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, End> {
        seed.deserialize(self.walk)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, End> {
        self.walk.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, End> {
        self.walk.deserialize_struct("", fields, visitor)
    }
}
