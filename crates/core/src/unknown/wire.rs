//! Unknown content in an encoding that describes itself, as that of rejoin-codec.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use rejoin_clocks::Dot;
use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeStruct, SerializeTuple, Serializer,
};

use super::Unknown;
use super::content::{Content, Form, Part};
use super::fields::{self, FieldsByName};
use super::leaf::Leaf;
use crate::wire::{Kind, by_kind};
use crate::{DotFun, DotMap, DotSet};

/// As the dot store is that it is the content of.
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { dots, values, entries, fields, parts } = self;
        let forms = [!dots.is_empty(), !values.is_empty(), entries.is_some(), !fields.is_empty()];
        let forms = forms.into_iter().filter(|is_there| *is_there).count();
        if forms + usize::from(!parts.is_empty()) > 1 {
            return Err(S::Error::custom("versions of a type differ in what a field is"));
        }
        if !parts.is_empty() {
            let mut tuple = serializer.serialize_tuple(parts.len())?;
            for part in parts {
                tuple.serialize_element(part)?;
            }
            return tuple.end();
        }
        match entries {
            Some(entries) => entries.serialize(serializer),
            None if !fields.is_empty() => Below(fields).serialize(serializer),
            None if !values.is_empty() => values.serialize(serializer),
            None => dots.serialize(serializer),
        }
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.form {
            Form::Entries if self.content.entries.is_none() => {
                DotMap::<Leaf, Content>::default().serialize(serializer)
            }
            Form::Fields => Below(&self.content.fields).serialize(serializer),
            _ => self.content.serialize(serializer),
        }
    }
}

/// As a struct of which no field is known.
impl Serialize for Below<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields::serialize_unknowns(self.0, serializer)
    }
}

struct Below<'a>(&'a Unknown);

/// The same, when it is read.
#[derive(Default)]
struct OwnedBelow(Unknown);

impl FieldsByName for OwnedBelow {
    const NAME: &'static str = "";
    const FIELDS: &'static [&'static str] = &[];

    fn unknown(&mut self) -> &mut Unknown {
        &mut self.0
    }

    fn unknown_ref(&self) -> &Unknown {
        &self.0
    }

    fn lowest_dot_at(&self, _at: usize) -> Option<Dot> {
        None
    }

    fn value_to<M: SerializeMap>(&self, _at: usize, _map: &mut M) -> Result<(), M::Error> {
        Ok(())
    }

    fn field_to<S: SerializeStruct>(&self, _at: usize, _fields: &mut S) -> Result<(), S::Error> {
        Ok(())
    }

    fn value_at<'de, A: MapAccess<'de>>(
        &mut self,
        _at: usize,
        _map: &mut A,
    ) -> Result<(), A::Error> {
        Ok(())
    }
}

impl<'de> Deserialize<'de> for OwnedBelow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::deserialize_fields(deserializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Part::deserialize(deserializer).map(|part| part.content)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer, PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dot store")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Part, A::Error> {
        let (kind, inner) = access.variant::<Kind>()?;
        let mut content = Content::default();
        let form = match kind {
            Kind::Store | Kind::Dots => {
                content.dots = inner.newtype_variant::<DotSet>()?;
                Form::Store
            }
            Kind::Values => {
                content.values = inner.newtype_variant::<DotFun<Leaf>>()?;
                Form::Store
            }
            Kind::Map => {
                let entries = inner.newtype_variant::<DotMap<Leaf, Content>>()?;
                content.entries = (!entries.is_empty()).then(|| Box::new(entries));
                Form::Entries
            }
            Kind::Fields => {
                content.fields = inner.newtype_variant::<OwnedBelow>()?.0;
                Form::Fields
            }
            Kind::Tuple => {
                content.parts = inner.tuple_variant(0, Elements(PhantomData))?;
                Form::Parts
            }
            _ => return Err(A::Error::custom("an unknown field that is no dot store")),
        };
        Ok(Part { form, content })
    }
}

/// All elements of a sequence.
struct Elements<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(elements)
    }
}
