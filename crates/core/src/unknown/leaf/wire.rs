//! A leaf in an encoding that describes itself.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rejoin_clocks::{Dot, ReplicaId, announce};
use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, SerializeTuple, Serializer};

use super::Leaf;
use crate::wire::{Kind, by_kind};

/// As the value does that it was read from.
impl Serialize for Leaf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::U8(value) => serializer.serialize_u8(*value),
            Self::I8(value) => serializer.serialize_i8(*value),
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Wide(value) => serializer.serialize_u128(*value),
            Self::SignedWide(value) => serializer.serialize_i128(*value),
            Self::F32(bits) => serializer.serialize_f32(f32::from_bits(*bits)),
            Self::F64(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Unit => serializer.serialize_unit(),
            Self::Replica(id) => id.serialize(serializer),
            Self::Dot(dot) => dot.serialize(serializer),
            Self::Option(None) => serializer.serialize_none(),
            Self::Option(Some(value)) => serializer.serialize_some(value),
            Self::List(elements) => serializer.collect_seq(elements),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::Tuple(parts) => {
                let mut tuple = serializer.serialize_tuple(parts.len())?;
                for part in parts {
                    tuple.serialize_element(part)?;
                }
                tuple.end()
            }
            Self::Variant(name, content) => {
                serializer.serialize_newtype_struct(announce::VARIANT, &(name, content))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer, LeafVisitor)
    }
}

struct LeafVisitor;

impl<'de> Visitor<'de> for LeafVisitor {
    type Value = Leaf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key or a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Leaf, A::Error> {
        let (kind, inner) = access.variant::<Kind>()?;
        Ok(match kind {
            Kind::Bool => Leaf::Bool(inner.newtype_variant()?),
            Kind::U8 => Leaf::U8(inner.newtype_variant()?),
            Kind::I8 => Leaf::I8(inner.newtype_variant()?),
            Kind::Number => Leaf::Number(inner.newtype_variant()?),
            Kind::Signed => Leaf::Signed(inner.newtype_variant()?),
            Kind::Wide => Leaf::Wide(inner.newtype_variant()?),
            Kind::SignedWide => Leaf::SignedWide(inner.newtype_variant()?),
            Kind::F32 => Leaf::F32(f32::to_bits(inner.newtype_variant()?)),
            Kind::F64 => Leaf::F64(f64::to_bits(inner.newtype_variant()?)),
            Kind::Char => Leaf::Char(inner.newtype_variant()?),
            Kind::Text => Leaf::Text(inner.newtype_variant::<String>()?.into()),
            Kind::Bytes => Leaf::Bytes(inner.newtype_variant::<Bytes>()?.0),
            Kind::Unit => {
                inner.newtype_variant::<()>()?;
                Leaf::Unit
            }
            Kind::Replica => Leaf::Replica(inner.newtype_variant::<ReplicaId>()?),
            Kind::Dot => Leaf::Dot(inner.newtype_variant::<Dot>()?),
            Kind::Option => Leaf::Option(inner.newtype_variant::<Option<Box<Leaf>>>()?),
            Kind::List => Leaf::List(inner.newtype_variant::<Vec<Leaf>>()?),
            Kind::Map => Leaf::Map(inner.newtype_variant::<Entries>()?.0),
            Kind::Tuple => inner.tuple_variant(0, TupleVisitor)?,
            Kind::Variants => inner.newtype_variant::<Variant>()?.0,
            Kind::Nothing | Kind::Store | Kind::Dots | Kind::Values | Kind::Fields => {
                return Err(A::Error::custom("a dot store in a value of an unknown field"));
            }
        })
    }
}

struct TupleVisitor;

impl<'de> Visitor<'de> for TupleVisitor {
    type Value = Leaf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tuple")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Leaf, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Leaf::Tuple(parts))
    }
}

struct Bytes(Box<[u8]>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.into()))
    }
}

struct Entries(Vec<(Leaf, Leaf)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// A variant of an enum, with its name.
struct Variant(Leaf);

impl<'de> Deserialize<'de> for Variant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("", &[], VariantVisitor)
    }
}

struct VariantVisitor;

impl<'de> Visitor<'de> for VariantVisitor {
    type Value = Variant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a variant")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Variant, A::Error> {
        let (name, inner) = access.variant::<String>()?;
        let content = inner.newtype_variant::<Box<Leaf>>()?;
        Ok(Variant(Leaf::Variant(name.into(), content)))
    }
}
