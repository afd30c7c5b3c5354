//! Structs whose versions differ, and what is in their fields that the type does not know.

use alloc::vec::Vec;

use rejoin_core::announce;
use rejoin_core::wire::Kind;
use serde::de::value::{BorrowedStrDeserializer, U64Deserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};

use super::access::Parts;
use super::{De, Decoder, Place};
use crate::sketch::{self, NOWHERE, NextField};
use crate::{DecodeError, Reason};

/// The fields of a struct that are not bottom.
pub(super) struct NamedFields<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    node: sketch::Place,
    /// Which ones these are, if there are any.
    combination: Option<usize>,
    /// How many of them are behind.
    at: usize,
    /// The one whose value is next.
    next: Option<NextField<'de>>,
}

impl<'a, 'de> NamedFields<'a, 'de> {
    pub(super) fn new(
        decoder: &'a mut Decoder<'de>,
        node: sketch::Place,
        fields: &'static [&'static str],
    ) -> Result<Self, DecodeError> {
        let combination = decoder.number()?;
        let known = decoder.sketch().enter(node, fields);
        let known = known.map_err(|reason| decoder.error(reason))?;
        if combination > known + 1 {
            return Err(decoder.error(Reason::Sketch));
        }
        if combination > known {
            let length = decoder.length()?;
            let mut numbers = Vec::with_capacity(length);
            for _ in 0..length {
                let number = u32::try_from(decoder.number()?);
                numbers.push(number.map_err(|_| decoder.error(Reason::Sketch))?);
            }
            let combined = decoder.sketch().combine(node, numbers.into());
            combined.map_err(|reason| decoder.error(reason))?;
        }
        let combination = (combination as usize).checked_sub(1); // it is in a list
        Ok(Self { decoder, node, combination, at: 0, next: None })
    }

    /// Checks that all were read.
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        match self.decoder.sketch().field(self.node, self.combination, self.at) {
            None => Ok(()),
            Some(_) => Err(self.decoder.error(Reason::Sketch)),
        }
    }
}

impl<'de> MapAccess<'de> for &mut NamedFields<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        self.next = self.decoder.sketch().field(self.node, self.combination, self.at);
        self.at += 1;
        let Some(next) = &self.next else { return Ok(None) };
        match next.own {
            Some(own) => seed.deserialize(U64Deserializer::new(own)).map(Some),
            None => seed.deserialize(BorrowedStrDeserializer::new(next.name)).map(Some),
        }
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        let (node, name) = self.next.as_ref().map_or((NOWHERE, ""), |next| (next.place, next.name));
        let value = De::plain(self.decoder, node).seed(seed);
        value.map_err(|error| error.at(self.decoder.offset()).in_field(name))
    }
}

/// What is in an unknown field, by the kind that the sketch says.
pub(super) struct ByKind<'a, 'de> {
    pub(super) de: De<'a, 'de>,
}

impl<'de> EnumAccess<'de> for ByKind<'_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), DecodeError> {
        let De { decoder, node, .. } = &self.de;
        let kind = decoder.kind(*node).ok_or_else(|| decoder.error(Reason::NotSelfDescribing))?;
        let number =
            U64Deserializer::<DecodeError>::new(announce::BY_KIND_FROM + u64::from(kind.number()));
        Ok((seed.deserialize(number)?, self))
    }
}

impl<'de> VariantAccess<'de> for ByKind<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        let De { decoder, place, node } = self.de;
        // What else is within itself counts by its own.
        let is_struct = decoder.kind(node) == Some(Kind::Fields);
        if is_struct {
            decoder.enter()?;
        }
        let value = De { decoder: &mut *decoder, place, node }.seed(seed)?;
        if is_struct {
            decoder.leave();
        }
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let De { decoder, node, .. } = self.de;
        decoder.expect(node, Kind::Tuple)?;
        let len = decoder.sketch().count(node);
        decoder.enter()?;
        let parts = Parts { decoder: &mut *decoder, place: Place::Plain, node, read: 0, len };
        let value = visitor.visit_seq(parts)?;
        decoder.leave();
        Ok(value)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.de.deserialize_struct("", fields, visitor)
    }
}
