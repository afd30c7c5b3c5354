//! The deserializer: the mirror of [`ser`](crate::ser), which believes nothing.

mod access;
mod decoder;
mod named;

use rejoin_core::announce;
use rejoin_core::wire::Kind;
use serde::de::{DeserializeSeed, Deserializer, Visitor};

use self::access::{Entries, Fields, Parts, Sequence, Variant};
pub(crate) use self::decoder::Decoder;
use self::named::{ByKind, NamedFields};
use crate::columns::{Id, Prefix};
use crate::sketch;
use crate::varint::unzigzag;
use crate::{DecodeError, Reason};

/// Where a value stands: see `ser::Place`.
enum Place<'a, 'de> {
    Plain,
    Key(&'a mut Prefix),
    Store,
    Element(&'a mut Listed<'de>),
    /// In a dot or a replica id that has been read already.
    Told(Told<'de>),
    /// A struct whose versions differ.
    Fields,
}

/// A dot that has been read, or a replica id with any number.
#[derive(Clone, Copy)]
struct Told<'de> {
    id: &'de Id,
    seq: u64,
}

/// The dots of one store so far.
struct Listed<'de> {
    count: u64,
    last: Option<(u64, Told<'de>)>,
}

/// serde's view of a [`Decoder`].
pub(crate) struct De<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    place: Place<'a, 'de>,
    /// Its place in the sketch.
    node: sketch::Place,
}

impl<'a, 'de> De<'a, 'de> {
    fn plain(decoder: &'a mut Decoder<'de>, node: sketch::Place) -> Self {
        Self { decoder, place: Place::Plain, node }
    }

    #[inline]
    fn expect(&mut self, kind: Kind) -> Result<(), DecodeError> {
        self.decoder.expect(self.node, kind)
    }

    /// Reads the dot of an element of a store.
    #[inline]
    fn element_dot(
        decoder: &mut Decoder<'de>,
        listed: &mut Listed<'de>,
    ) -> Result<Told<'de>, DecodeError> {
        if listed.count == 1 {
            return decoder.sole_dot();
        }
        let told = match listed.last {
            None => decoder.dot()?,
            Some((place, last)) => match decoder.number()? {
                0 => {
                    let told = decoder.dot()?;
                    if told.1.id <= last.id {
                        return Err(decoder.error(Reason::Dot));
                    }
                    told
                }
                more => {
                    let seq = last.seq.checked_add(more);
                    let seq = seq.ok_or_else(|| decoder.error(Reason::Dot))?;
                    (place, Told { seq, ..last })
                }
            },
        };
        listed.last = Some(told);
        Ok(told.1)
    }

    /// A text, or bytes; of a key, they may begin as those of the key before.
    fn text<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Text)?;
        let Self { decoder, place, .. } = self;
        match place {
            Place::Key(prefix) => {
                let (shared, rest) = decoder.key(prefix)?;
                if shared.is_empty() {
                    prefix.set(rest);
                    let text = core::str::from_utf8(rest);
                    return visitor.visit_borrowed_str(text.map_err(|_| decoder.text_error())?);
                }
                let (shared, text) = (shared.len(), decoder.join(shared, rest)?);
                prefix.replace(shared, rest);
                visitor.visit_string(text)
            }
            _ => {
                let text = core::str::from_utf8(decoder.sized()?);
                visitor.visit_borrowed_str(text.map_err(|_| decoder.text_error())?)
            }
        }
    }
}

/// Reads a number and narrows it.
macro_rules! number {
    ($deserialize:ident, $visit:ident, $number:ty) => {
        fn $deserialize<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
            self.expect(Kind::Number)?;
            let number = self.decoder.number()?;
            let narrow = <$number>::try_from(number);
            visitor.$visit(narrow.map_err(|_| self.decoder.error(Reason::Range))?)
        }
    };
    (signed $deserialize:ident, $visit:ident, $number:ty) => {
        fn $deserialize<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
            self.expect(Kind::Signed)?;
            let number = unzigzag(self.decoder.number()?);
            let narrow = <$number>::try_from(number);
            visitor.$visit(narrow.map_err(|_| self.decoder.error(Reason::Range))?)
        }
    };
}

impl<'de> Deserializer<'de> for De<'_, 'de> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(self.decoder.error(Reason::NotSelfDescribing))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(self.decoder.error(Reason::NotSelfDescribing))
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Bool)?;
        visitor.visit_bool(self.decoder.tag()?)
    }

    fn deserialize_i8<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::I8)?;
        visitor.visit_i8(i8::from_le_bytes(self.decoder.array()?))
    }

    fn deserialize_u8<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::U8)?;
        visitor.visit_u8(self.decoder.byte()?)
    }

    number!(deserialize_u16, visit_u16, u16);
    number!(deserialize_u32, visit_u32, u32);
    number!(signed deserialize_i16, visit_i16, i16);
    number!(signed deserialize_i32, visit_i32, i32);
    number!(signed deserialize_i64, visit_i64, i64);

    #[inline]
    fn deserialize_u64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Place::Told(told) = self.place {
            return visitor.visit_u64(told.seq);
        }
        self.expect(Kind::Number)?;
        visitor.visit_u64(self.decoder.number()?)
    }

    fn deserialize_u128<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Wide)?;
        visitor.visit_u128(self.decoder.wide()?)
    }

    fn deserialize_i128<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::SignedWide)?;
        let code = self.decoder.wide()?;
        visitor.visit_i128((code >> 1) as i128 ^ -((code & 1) as i128)) // zigzag
    }

    fn deserialize_f32<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::F32)?;
        visitor.visit_f32(f32::from_le_bytes(self.decoder.array()?))
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::F64)?;
        visitor.visit_f64(f64::from_le_bytes(self.decoder.array()?))
    }

    fn deserialize_char<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Char)?;
        let code = u32::try_from(self.decoder.number()?).ok().and_then(char::from_u32);
        visitor.visit_char(code.ok_or_else(|| self.decoder.text_error())?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.text(visitor)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Place::Told(told) = self.place {
            return visitor.visit_borrowed_bytes(told.id);
        }
        self.expect(Kind::Bytes)?;
        visitor.visit_borrowed_bytes(self.decoder.sized()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Option)?;
        if !self.decoder.tag()? {
            return visitor.visit_none();
        }
        self.decoder.enter()?;
        let below = self.decoder.below(self.node, 0)?;
        let value = visitor.visit_some(De::plain(self.decoder, below))?;
        self.decoder.leave();
        Ok(value)
    }

    fn deserialize_unit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Unit)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let Self { decoder, place, node } = self;
        let place = match (place, name) {
            (Place::Element(listed), announce::DOT) => {
                decoder.expect(node, Kind::Dots)?;
                Place::Told(Self::element_dot(decoder, listed)?)
            }
            (Place::Told(told), _) => Place::Told(told),
            (_, announce::DOT_STORE) => Place::Store,
            (_, announce::DOT) => {
                decoder.expect(node, Kind::Dot)?;
                Place::Told(decoder.dot()?.1)
            }
            (_, announce::REPLICA_ID) => {
                decoder.expect(node, Kind::Replica)?;
                let place = decoder.number()?;
                Place::Told(Told { id: decoder.id(place)?, seq: 0 })
            }
            (_, announce::FIELDS) => Place::Fields,
            (Place::Key(prefix), _) => Place::Key(prefix),
            (_, _) => Place::Plain,
        };
        visitor.visit_newtype_struct(De { decoder, place, node })
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let Self { decoder, place, node } = self;
        decoder.enter()?;
        let mut sequence = Sequence::new(decoder, node, matches!(place, Place::Store))?;
        let value = visitor.visit_seq(&mut sequence)?;
        sequence.finish()?;
        Ok(value)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let place = match self.place {
            Place::Told(told) => Place::Told(told),
            Place::Element(listed) => {
                self.decoder.expect(self.node, Kind::Values)?;
                Place::Element(listed)
            }
            _ => {
                self.expect(Kind::Tuple)?;
                Place::Plain
            }
        };
        let Self { decoder, node, .. } = self;
        visitor.visit_seq(Parts { decoder, place, node, read: 0, len })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.expect(Kind::Tuple)?;
        let Self { decoder, node, .. } = self;
        visitor.visit_seq(Parts { decoder, place: Place::Plain, node, read: 0, len })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.decoder.enter()?;
        let mut entries = Entries::new(self.decoder, self.node)?;
        let value = visitor.visit_map(&mut entries)?;
        entries.finish()?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if matches!(self.place, Place::Fields) {
            let mut fields = NamedFields::new(self.decoder, self.node, fields)?;
            let value = visitor.visit_map(&mut fields)?;
            fields.finish()?;
            return Ok(value);
        }
        self.expect(Kind::Tuple)?;
        visitor.visit_seq(Fields::new(self.decoder, self.node, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == announce::BY_KIND {
            return visitor.visit_enum(ByKind { de: self });
        }
        self.expect(Kind::Variants)?;
        self.decoder.enter()?;
        let value = visitor.visit_enum(Variant { decoder: &mut *self.decoder, node: self.node })?;
        self.decoder.leave();
        Ok(value)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_u32(visitor)
    }
}

impl<'de> De<'_, 'de> {
    /// Reads an element or a part with `seed`.
    #[inline]
    fn seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        seed.deserialize(self)
    }
}
