//! The serializer: data in one stream, dots and their counts in columns of their own.

mod compound;
mod data;
mod place;
mod sorted;

use alloc::string::ToString;
use core::fmt::Display;

use rejoin_core::announce;
use serde::ser::{Serialize, Serializer};

use self::compound::{Fields, Map, Seq, Tuple};
use self::data::Data;
pub(crate) use self::place::{Listed, Place};
use crate::EncodeError;
use crate::columns::{CountWriter, Id, MAX_NAME, RunWriter, Table};
use crate::varint::zigzag;

/// Everything that is being written.
pub(crate) struct Encoder {
    pub(crate) data: Data,
    pub(crate) replicas: Table<Id>,
    pub(crate) runs: RunWriter,
    pub(crate) counts: CountWriter,
    /// The names of variants.
    names: Table<&'static str>,
    /// What a dot or a replica id has told of itself.
    told: (Id, u64),
    depth: usize,
    max_depth: usize,
}

impl Encoder {
    pub(crate) fn new(max_depth: usize) -> Self {
        Self {
            data: Data::default(),
            replicas: Table::default(),
            runs: RunWriter::default(),
            counts: CountWriter::default(),
            names: Table::default(),
            told: ([0; 16], 0),
            depth: 0,
            max_depth,
        }
    }

    pub(crate) fn encode<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self.at(Place::Plain))
    }

    fn at<'a>(&'a mut self, place: Place<'a>) -> Ser<'a> {
        Ser { encoder: self, place }
    }

    /// Enters a container; whoever leaves it takes one off `depth`.
    fn enter(&mut self) -> Result<(), EncodeError> {
        if self.depth == self.max_depth {
            return Err(EncodeError::TooDeep(self.max_depth));
        }
        self.depth += 1;
        Ok(())
    }

    /// Enters a variant of an enum.
    fn enter_variant(&mut self, name: &'static str) -> Result<(), EncodeError> {
        self.enter()?;
        let known = self.names.items().len();
        let place = self.names.place(name);
        if place < known {
            self.data.put_number(place as u64 + 1);
            return Ok(());
        }
        if name.len() > MAX_NAME {
            return Err(EncodeError::LongName(name));
        }
        self.data.put_number(0);
        self.data.put_number(name.len() as u64);
        self.data.put(name.as_bytes());
        Ok(())
    }

    /// Lets a replica id or a dot tell what it is.
    #[inline]
    fn ask<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(usize, u64), EncodeError> {
        value.serialize(self.at(Place::Telling))?;
        Ok((self.replicas.place(self.told.0), self.told.1))
    }
}

/// serde's view of an [`Encoder`].
pub(crate) struct Ser<'a> {
    encoder: &'a mut Encoder,
    place: Place<'a>,
}

impl Ser<'_> {
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

    fn serialize_bool(self, value: bool) -> Done {
        self.serialize_u8(value.into())
    }

    fn serialize_i8(self, value: i8) -> Done {
        self.encoder.data.put(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Done {
        self.encoder.data.put_number(zigzag(value));
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Done {
        self.serialize_u128((value << 1 ^ value >> 127) as u128) // zigzag
    }

    fn serialize_u8(self, value: u8) -> Done {
        self.encoder.data.put(&[value]);
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.serialize_u64(value.into())
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Done {
        match self.place {
            Place::Telling => self.encoder.told.1 = value,
            _ => self.encoder.data.put_number(value),
        }
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Done {
        self.encoder.data.put_number((value >> 64) as u64); // the upper half
        self.encoder.data.put_number(value as u64); // the lower half
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Done {
        self.encoder.data.put(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Done {
        self.encoder.data.put(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Done {
        self.serialize_u32(value.into())
    }

    fn serialize_str(self, value: &str) -> Done {
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
    fn serialize_bytes(self, value: &[u8]) -> Done {
        match (&self.place, value.try_into()) {
            (Place::Telling, Ok(id)) => self.encoder.told.0 = id,
            _ => {
                self.encoder.data.put_number(value.len() as u64);
                self.encoder.data.put(value);
            }
        }
        Ok(())
    }

    fn serialize_none(self) -> Done {
        self.serialize_u8(0)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        self.encoder.data.put(&[1]);
        self.encoder.enter()?;
        value.serialize(self.encoder.at(Place::Plain))?;
        self.encoder.depth -= 1;
        Ok(())
    }

    fn serialize_unit(self) -> Done {
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Done {
        Ok(())
    }

    fn serialize_unit_variant(self, _name: &'static str, _: u32, variant: &'static str) -> Done {
        self.encoder.enter_variant(variant)?;
        self.encoder.depth -= 1;
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Done {
        let Self { encoder, place } = self;
        let place = match (place, name) {
            (Place::Element(listed), announce::DOT) => {
                return Self::element_dot(encoder, listed, value);
            }
            (Place::Telling, _) => Place::Telling,
            (_, announce::DOT_STORE) => Place::Store,
            (_, announce::DOT) => {
                let (place, seq) = encoder.ask(value)?;
                encoder.data.put_number(place as u64);
                encoder.data.put_number(seq);
                return Ok(());
            }
            (_, announce::REPLICA_ID) => {
                let (place, _) = encoder.ask(value)?;
                encoder.data.put_number(place as u64);
                return Ok(());
            }
            (Place::Key(prefix), _) => Place::Key(prefix),
            (Place::Plain | Place::Store | Place::Element(_), _) => Place::Plain,
        };
        value.serialize(encoder.at(place))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.encoder.enter_variant(variant)?;
        value.serialize(self.encoder.at(Place::Plain))?;
        self.encoder.depth -= 1;
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Seq<'a>, EncodeError> {
        self.encoder.enter()?;
        Seq::new(self.encoder, matches!(self.place, Place::Store), len)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Tuple<'a>, EncodeError> {
        Ok(Tuple::new(self.encoder, self.place, len))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<Tuple<'a>, EncodeError> {
        Ok(Tuple::new(self.encoder, Place::Plain, len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields<'a>, EncodeError> {
        self.encoder.enter_variant(variant)?;
        Ok(Fields::of_variant(self.encoder, variant, len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Map<'a>, EncodeError> {
        self.encoder.enter()?;
        let len = len.ok_or(EncodeError::UnknownLength { field: None })?;
        Ok(Map::new(self.encoder, len))
    }

    /// What a map of std calls, hashed or not.
    fn collect_map<K: Serialize, V: Serialize, I: IntoIterator<Item = (K, V)>>(
        self,
        entries: I,
    ) -> Done {
        sorted::collect(self, entries.into_iter())
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Fields<'a>, EncodeError> {
        Ok(Fields::of_struct(self.encoder, name, len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields<'a>, EncodeError> {
        self.encoder.enter_variant(variant)?;
        Ok(Fields::of_variant(self.encoder, variant, len))
    }
}
