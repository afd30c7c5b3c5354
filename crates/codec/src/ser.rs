//! The serializer: data in one stream, dots and their counts in columns of their own.

mod compound;
mod data;
mod encoder;
mod named;
mod place;
mod sorted;

use alloc::string::ToString;
use core::fmt::Display;

use rejoin_core::announce;
use rejoin_core::wire::Kind;
use serde::ser::{Serialize, Serializer};

use self::compound::{Entries, Fields, Seq, Tuple};
pub(crate) use self::encoder::Encoder;
use self::named::{Map, NamedFields};
use self::place::{Listed, Place};
use crate::EncodeError;
use crate::columns::MAX_NAME;
use crate::sketch;
use crate::varint::zigzag;

/// serde's view of an [`Encoder`].
pub(crate) struct Ser<'a> {
    encoder: &'a mut Encoder,
    place: Place<'a>,
    /// Its place in the sketch.
    node: sketch::Place,
}

impl Ser<'_> {
    #[inline]
    fn note(&mut self, kind: Kind) -> Done {
        self.encoder.drawing.note(self.node, kind)
    }

    /// Writes a byte.
    fn byte(self, byte: u8) -> Done {
        self.encoder.data.put(&[byte]);
        Ok(())
    }

    /// Writes a number that is not the one of a dot.
    #[inline]
    fn number(self, number: u64) -> Done {
        self.encoder.data.put_number(number);
        Ok(())
    }

    fn wide(self, value: u128) -> Done {
        self.encoder.data.put_number((value >> 64) as u64); // the upper half
        self.encoder.data.put_number(value as u64); // the lower half
        Ok(())
    }

    /// Writes the dot of an element of a store: into the runs if it is the only one. The dots of
    /// other stores are listed in the data, so that each one costs a byte.
    #[inline]
    fn element_dot<T: Serialize + ?Sized>(
        encoder: &mut Encoder,
        listed: &mut Listed,
        dot: &T,
    ) -> Result<(), EncodeError> {
        let (place, seq) = encoder.ask(dot)?;
        if listed.count == 1 {
            encoder.runs.push(place, seq);
            return Ok(());
        }
        match listed.last {
            Some((last, before)) if last == place => {
                let more = seq.checked_sub(before).filter(|more| *more > 0);
                encoder.data.put_number(more.ok_or(EncodeError::DotOrder)?);
            }
            last => {
                if let Some((last, _)) = last {
                    let ids = encoder.replicas.items();
                    if ids[place] <= ids[last] {
                        return Err(EncodeError::DotOrder);
                    }
                    encoder.data.put_number(0);
                }
                encoder.data.put_number(place as u64);
                encoder.data.put_number(seq);
            }
        }
        listed.last = Some((place, seq));
        Ok(())
    }
}

type Done = Result<(), EncodeError>;

impl<'a> Serializer for Ser<'a> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Seq<'a>;
    type SerializeTuple = Tuple<'a>;
    type SerializeTupleStruct = Tuple<'a>;
    type SerializeTupleVariant = Fields<'a>;
    type SerializeMap = Map<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(mut self, value: bool) -> Done {
        self.note(Kind::Bool)?;
        self.byte(value.into())
    }

    fn serialize_i8(mut self, value: i8) -> Done {
        self.note(Kind::I8)?;
        self.encoder.data.put(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(mut self, value: i64) -> Done {
        self.note(Kind::Signed)?;
        self.number(zigzag(value))
    }

    fn serialize_i128(mut self, value: i128) -> Done {
        self.note(Kind::SignedWide)?;
        self.wide((value << 1 ^ value >> 127) as u128) // zigzag
    }

    fn serialize_u8(mut self, value: u8) -> Done {
        self.note(Kind::U8)?;
        self.byte(value)
    }

    fn serialize_u16(self, value: u16) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.serialize_u64(value.into())
    }

    #[inline]
    fn serialize_u64(mut self, value: u64) -> Done {
        match self.place {
            Place::Telling => self.encoder.told.1 = value,
            _ => {
                self.note(Kind::Number)?;
                self.encoder.data.put_number(value);
            }
        }
        Ok(())
    }

    fn serialize_u128(mut self, value: u128) -> Done {
        self.note(Kind::Wide)?;
        self.wide(value)
    }

    fn serialize_f32(mut self, value: f32) -> Done {
        self.note(Kind::F32)?;
        self.encoder.data.put(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_f64(mut self, value: f64) -> Done {
        self.note(Kind::F64)?;
        self.encoder.data.put(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_char(mut self, value: char) -> Done {
        self.note(Kind::Char)?;
        self.number(u32::from(value).into())
    }

    fn serialize_str(mut self, value: &str) -> Done {
        match self.place {
            Place::VariantName(name) => {
                *name = Some(value.into());
                return Ok(());
            }
            Place::FieldName(next) => {
                if value.len() > MAX_NAME {
                    return Err(EncodeError::LongName(value.into()));
                }
                *next = self.encoder.drawing.named(self.node, value);
                return Ok(());
            }
            _ => {}
        }
        self.note(Kind::Text)?;
        let (text, data) = (value.as_bytes(), &mut self.encoder.data);
        let shared = match self.place {
            Place::Key(prefix) => {
                let shared = prefix.shared(text);
                data.put_number(((text.len() - shared) as u64) << 4 | shared as u64);
                prefix.set(text);
                shared
            }
            _ => {
                data.put_number(text.len() as u64);
                0
            }
        };
        data.put(&text[shared..]);
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Done {
        self.serialize_str(&value.to_string())
    }

    #[inline]
    fn serialize_bytes(mut self, value: &[u8]) -> Done {
        match (&self.place, value.try_into()) {
            (Place::Telling, Ok(id)) => self.encoder.told.0 = id,
            _ => {
                self.note(Kind::Bytes)?;
                self.encoder.data.put_number(value.len() as u64);
                self.encoder.data.put(value);
            }
        }
        Ok(())
    }

    fn serialize_none(mut self) -> Done {
        self.note(Kind::Option)?;
        self.byte(0)
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Done {
        self.note(Kind::Option)?;
        self.encoder.data.put(&[1]);
        self.encoder.enter()?;
        let below = self.encoder.drawing.below(self.node, 0);
        value.serialize(self.encoder.at(Place::Plain, below))?;
        self.encoder.depth -= 1;
        Ok(())
    }

    fn serialize_unit(mut self) -> Done {
        self.note(Kind::Unit)
    }

    fn serialize_unit_struct(mut self, _name: &'static str) -> Done {
        self.note(Kind::Unit)
    }

    fn serialize_unit_variant(self, _name: &'static str, _: u32, variant: &'static str) -> Done {
        let below = self.encoder.enter_variant(variant, self.node)?;
        self.encoder.drawing.note(below, Kind::Unit)?;
        self.encoder.depth -= 1;
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Done {
        let Self { encoder, place, node } = self;
        let place = match (place, name) {
            (Place::Element(listed), announce::DOT) => {
                encoder.drawing.note(node, Kind::Dots)?;
                return Self::element_dot(encoder, listed, value);
            }
            (Place::Telling, _) => Place::Telling,
            (_, announce::DOT_STORE) => Place::Store,
            (_, announce::DOT) => {
                encoder.drawing.note(node, Kind::Dot)?;
                let (place, seq) = encoder.ask(value)?;
                encoder.data.put_number(place as u64);
                encoder.data.put_number(seq);
                return Ok(());
            }
            (_, announce::REPLICA_ID) => {
                encoder.drawing.note(node, Kind::Replica)?;
                let (place, _) = encoder.ask(value)?;
                encoder.data.put_number(place as u64);
                return Ok(());
            }
            (_, announce::FIELDS) => {
                encoder.must_draw |= !encoder.draws;
                Place::Fields
            }
            (_, announce::VARIANT) => Place::Variant,
            (Place::Key(prefix), _) => Place::Key(prefix),
            (_, _) => Place::Plain,
        };
        value.serialize(encoder.at(place, node))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        let below = self.encoder.enter_variant(variant, self.node)?;
        value.serialize(self.encoder.at(Place::Plain, below))?;
        self.encoder.depth -= 1;
        Ok(())
    }

    #[inline]
    fn serialize_seq(mut self, len: Option<usize>) -> Result<Seq<'a>, EncodeError> {
        self.encoder.enter()?;
        let is_store = matches!(self.place, Place::Store);
        self.note(if is_store { Kind::Store } else { Kind::List })?;
        Seq::new(self.encoder, self.node, is_store, len)
    }

    #[inline]
    fn serialize_tuple(mut self, len: usize) -> Result<Tuple<'a>, EncodeError> {
        match self.place {
            Place::Element(_) => self.note(Kind::Values)?,
            Place::Telling | Place::Variant => {}
            _ => self.note(Kind::Tuple)?,
        }
        Ok(Tuple::new(self.encoder, self.place, self.node, len))
    }

    fn serialize_tuple_struct(
        mut self,
        _name: &'static str,
        len: usize,
    ) -> Result<Tuple<'a>, EncodeError> {
        self.note(Kind::Tuple)?;
        Ok(Tuple::new(self.encoder, Place::Plain, self.node, len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields<'a>, EncodeError> {
        let below = self.encoder.enter_variant(variant, self.node)?;
        Fields::of_variant(self.encoder, variant, below, len)
    }

    fn serialize_map(mut self, len: Option<usize>) -> Result<Map<'a>, EncodeError> {
        if matches!(self.place, Place::Fields) {
            return NamedFields::new(self.encoder, self.node).map(Map::Fields);
        }
        self.encoder.enter()?;
        self.note(Kind::Map)?;
        let len = len.ok_or(EncodeError::UnknownLength { field: None })?;
        Ok(Map::Entries(Entries::new(self.encoder, self.node, len)))
    }

    /// What a map of std calls, hashed or not.
    fn collect_map<K: Serialize, V: Serialize, I: IntoIterator<Item = (K, V)>>(
        self,
        entries: I,
    ) -> Done {
        sorted::collect(self, entries.into_iter())
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Fields<'a>, EncodeError> {
        Fields::of_struct(self.encoder, name, self.node, len)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields<'a>, EncodeError> {
        let below = self.encoder.enter_variant(variant, self.node)?;
        Fields::of_variant(self.encoder, variant, below, len)
    }
}
