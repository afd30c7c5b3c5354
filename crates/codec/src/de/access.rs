use core::mem;

use rejoin_core::wire::Kind;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{De, Decoder, Listed, Place};
use crate::columns::Prefix;
use crate::sketch::{self, NOWHERE};
use crate::{DecodeError, Reason};

/// A sequence, or a dot store.
pub(super) struct Sequence<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    /// The place of the elements, or of the store.
    node: sketch::Place,
    len: usize,
    read: usize,
    hint: usize,
    store: Option<Listed<'de>>,
}

impl<'a, 'de> Sequence<'a, 'de> {
    #[inline]
    pub(super) fn new(
        decoder: &'a mut Decoder<'de>,
        node: sketch::Place,
        is_store: bool,
    ) -> Result<Self, DecodeError> {
        let (len, node, store) = if is_store {
            decoder.expect(node, Kind::Store)?;
            let count = decoder.count()?;
            (count as usize, node, Some(Listed { count, last: None })) // 0, 1, or a length
        } else {
            decoder.expect(node, Kind::List)?;
            (decoder.length()?, decoder.below(node, 0)?, None)
        };
        let hint = decoder.hint(len);
        Ok(Self { decoder, node, len, read: 0, hint, store })
    }

    /// Leaves the sequence, which must have been read.
    #[inline]
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        self.decoder.leave();
        finish(self.decoder, self.len - self.read)
    }
}

/// Checks that a container was read to its end.
fn finish(decoder: &Decoder<'_>, left: usize) -> Result<(), DecodeError> {
    if left == 0 { Ok(()) } else { Err(decoder.error(Reason::Trailing(left))) }
}

impl<'de> SeqAccess<'de> for &mut Sequence<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if self.read == self.len {
            return Ok(None);
        }
        let number = self.read;
        self.read += 1;
        let (decoder, node) = (&mut *self.decoder, self.node);
        let result = match &mut self.store {
            Some(listed) => De { decoder, place: Place::Element(listed), node }.seed(seed),
            None => {
                let before = decoder.left();
                let value = De::plain(decoder, node).seed(seed);
                value.and_then(|value| decoder.pad(before).map(|()| value))
            }
        };
        result.map(Some).map_err(|error| error.in_entry(number))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.hint.min(self.len - self.read))
    }
}

/// The elements of a tuple: plain, the two parts of a dot, or a dot with its value.
pub(super) struct Parts<'a, 'de> {
    pub(super) decoder: &'a mut Decoder<'de>,
    /// Of the next element.
    pub(super) place: Place<'a, 'de>,
    pub(super) node: sketch::Place,
    pub(super) read: usize,
    pub(super) len: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if self.read == self.len {
            return Ok(None);
        }
        let decoder = &mut *self.decoder;
        let (place, node) = match &mut self.place {
            Place::Told(told) => (Place::Told(*told), NOWHERE),
            // The dot of an element, and then the value, which has the only place below.
            place @ Place::Element(_) => {
                self.len -= 1;
                let place = mem::replace(place, Place::Plain);
                return De { decoder, place, node: NOWHERE }.seed(seed).map(Some);
            }
            _ => (Place::Plain, decoder.below(self.node, self.read)?),
        };
        self.read += 1;
        De { decoder, place, node }.seed(seed).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.read)
    }
}

/// The fields of a struct or of a variant.
pub(super) struct Fields<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    node: sketch::Place,
    fields: &'static [&'static str],
    read: usize,
}

impl<'a, 'de> Fields<'a, 'de> {
    pub(super) fn new(
        decoder: &'a mut Decoder<'de>,
        node: sketch::Place,
        fields: &'static [&'static str],
    ) -> Self {
        Self { decoder, node, fields, read: 0 }
    }
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some(field) = self.fields.get(self.read) else { return Ok(None) };
        let below = self.decoder.below(self.node, self.read)?;
        self.read += 1;
        let value = De::plain(self.decoder, below).seed(seed);
        value.map(Some).map_err(|error| error.at(self.decoder.offset()).in_field(field))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len() - self.read)
    }
}

/// The entries of a map.
pub(super) struct Entries<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    /// The places of keys and of values.
    nodes: [sketch::Place; 2],
    len: usize,
    read: usize,
    hint: usize,
    prefix: Prefix,
    /// The length of the data before the entry.
    before: usize,
}

impl<'a, 'de> Entries<'a, 'de> {
    pub(super) fn new(
        decoder: &'a mut Decoder<'de>,
        node: sketch::Place,
    ) -> Result<Self, DecodeError> {
        decoder.expect(node, Kind::Map)?;
        let nodes = [decoder.below(node, 0)?, decoder.below(node, 1)?];
        let len = decoder.length()?;
        let hint = decoder.hint(len);
        Ok(Self { decoder, nodes, len, read: 0, hint, prefix: Prefix::default(), before: 0 })
    }

    /// Leaves the map, which must have been read.
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        self.decoder.leave();
        finish(self.decoder, self.len - self.read)
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        if self.read == self.len {
            return Ok(None);
        }
        let number = self.read;
        self.read += 1;
        self.before = self.decoder.left();
        let place = Place::Key(&mut self.prefix);
        let key = De { decoder: &mut *self.decoder, place, node: self.nodes[0] }.seed(seed);
        key.map(Some).map_err(|error| error.in_entry(number))
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        let value = De::plain(self.decoder, self.nodes[1]).seed(seed);
        let value = value.and_then(|value| self.decoder.pad(self.before).map(|()| value));
        value.map_err(|error| error.in_entry(self.read.saturating_sub(1)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.hint.min(self.len - self.read))
    }
}

/// A variant of an enum.
pub(super) struct Variant<'a, 'de> {
    pub(super) decoder: &'a mut Decoder<'de>,
    pub(super) node: sketch::Place,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a, 'de> {
    type Error = DecodeError;
    type Variant = Content<'a, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'a, 'de>), DecodeError> {
        let name = self.decoder.variant()?;
        let below = self.decoder.sketch().named(self.node, name);
        let node = below.map_err(|reason| self.decoder.error(reason))?;
        let value = seed.deserialize(BorrowedStrDeserializer::<DecodeError>::new(name))?;
        Ok((value, Content { decoder: self.decoder, node, name }))
    }
}

/// What is in a variant.
pub(super) struct Content<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    node: sketch::Place,
    name: &'de str,
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        self.decoder.expect(self.node, Kind::Unit)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        let value = De::plain(self.decoder, self.node).seed(seed);
        value.map_err(|error| error.in_field(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let value = De::plain(self.decoder, self.node).deserialize_tuple(len, visitor);
        value.map_err(|error| error.in_field(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.decoder.expect(self.node, Kind::Tuple)?;
        let value = visitor.visit_seq(Fields::new(self.decoder, self.node, fields));
        value.map_err(|error| error.in_field(self.name))
    }
}
