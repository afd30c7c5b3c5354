use core::mem;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Done, Encoder, Listed, Place, Sink};
use crate::EncodeError;
use crate::columns::Prefix;

/// The length of a container, which is written before it even if it is not known before.
struct Length {
    announced: Option<usize>,
    found: usize,
    /// Where it goes.
    at: usize,
}

impl Length {
    fn new<D: Sink>(encoder: &mut Encoder<D>, announced: Option<usize>) -> Self {
        let at = encoder.data.len();
        if let Some(len) = announced {
            encoder.data.put_number(len as u64);
        }
        Self { announced, found: 0, at }
    }

    fn finish<D: Sink>(self, encoder: &mut Encoder<D>) -> Done {
        match self.announced {
            None => encoder.data.insert_number(self.at, self.found as u64),
            Some(announced) => check_length(announced, self.found)?,
        }
        encoder.depth -= 1;
        Ok(())
    }
}

fn check_length(announced: usize, found: usize) -> Done {
    if announced == found { Ok(()) } else { Err(EncodeError::Length { announced, found }) }
}

/// Writes a byte if nothing was written since the length was `before`: every element of a container
/// costs one, so that no few bytes stand for many elements.
#[inline]
fn pad<D: Sink>(encoder: &mut Encoder<D>, before: usize) {
    if encoder.data.len() == before {
        encoder.data.put(&[0]);
    }
}

/// A sequence, or a dot store.
pub(crate) struct Seq<'a, D> {
    encoder: &'a mut Encoder<D>,
    length: Length,
    store: Option<Listed>,
}

impl<'a, D: Sink> Seq<'a, D> {
    #[inline]
    pub(super) fn new(
        encoder: &'a mut Encoder<D>,
        is_store: bool,
        len: Option<usize>,
    ) -> Result<Self, EncodeError> {
        if !is_store {
            let length = Length::new(encoder, len);
            return Ok(Self { encoder, length, store: None });
        }
        let Some(count) = len else {
            return Err(EncodeError::Message("a dot store without a length".into()));
        };
        encoder.counts.push(count);
        let length = Length { announced: len, found: 0, at: 0 };
        Ok(Self { encoder, length, store: Some(Listed { count, last: None }) })
    }
}

impl<D: Sink> SerializeSeq for Seq<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.length.found += 1;
        match &mut self.store {
            Some(listed) => value.serialize(self.encoder.at(Place::Element(listed))),
            None => {
                let before = self.encoder.data.len();
                value.serialize(self.encoder.at(Place::Plain))?;
                pad(self.encoder, before);
                Ok(())
            }
        }
    }

    #[inline]
    fn end(self) -> Done {
        self.length.finish(self.encoder)
    }
}

/// A tuple: plain, the two parts of a dot, or a dot with its value.
pub(crate) struct Tuple<'a, D> {
    encoder: &'a mut Encoder<D>,
    /// Of the next element.
    place: Place<'a>,
    announced: usize,
    found: usize,
}

impl<'a, D: Sink> Tuple<'a, D> {
    #[inline]
    pub(super) fn new(encoder: &'a mut Encoder<D>, place: Place<'a>, announced: usize) -> Self {
        let place = match place {
            Place::Telling | Place::Element(_) => place,
            Place::Plain | Place::Key(_) | Place::Store => Place::Plain,
        };
        Self { encoder, place, announced, found: 0 }
    }
}

impl<D: Sink> SerializeTuple for Tuple<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.found += 1;
        let place = match &mut self.place {
            Place::Telling => Place::Telling,
            place => mem::replace(place, Place::Plain),
        };
        value.serialize(self.encoder.at(place))
    }

    #[inline]
    fn end(self) -> Done {
        check_length(self.announced, self.found)
    }
}

impl<D: Sink> SerializeTupleStruct for Tuple<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.serialize_element(value)
    }

    fn end(self) -> Done {
        check_length(self.announced, self.found)
    }
}

/// The fields of a struct or of a variant.
pub(crate) struct Fields<'a, D> {
    encoder: &'a mut Encoder<D>,
    /// Of the struct or the variant.
    name: &'static str,
    is_variant: bool,
    announced: usize,
    found: usize,
}

impl<'a, D: Sink> Fields<'a, D> {
    pub(super) fn of_struct(
        encoder: &'a mut Encoder<D>,
        name: &'static str,
        announced: usize,
    ) -> Self {
        Self { encoder, name, is_variant: false, announced, found: 0 }
    }

    pub(super) fn of_variant(
        encoder: &'a mut Encoder<D>,
        name: &'static str,
        announced: usize,
    ) -> Self {
        Self { encoder, name, is_variant: true, announced, found: 0 }
    }

    fn field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.found += 1;
        value.serialize(self.encoder.at(Place::Plain))
    }

    fn named_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Done {
        self.field(value).map_err(|error| error.in_field(self.name, field))
    }

    fn skipped(&self, field: &'static str) -> Done {
        Err(EncodeError::Skipped { container: self.name, field })
    }

    fn finish(self) -> Done {
        if self.is_variant {
            self.encoder.depth -= 1;
        }
        check_length(self.announced, self.found)
    }
}

impl<D: Sink> SerializeStruct for Fields<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Done {
        self.named_field(field, value)
    }

    fn skip_field(&mut self, field: &'static str) -> Done {
        self.skipped(field)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl<D: Sink> SerializeStructVariant for Fields<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Done {
        self.named_field(field, value)
    }

    fn skip_field(&mut self, field: &'static str) -> Done {
        self.skipped(field)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl<D: Sink> SerializeTupleVariant for Fields<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.field(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

/// A map.
pub(crate) struct Map<'a, D> {
    encoder: &'a mut Encoder<D>,
    length: Length,
    prefix: Prefix,
    /// The length of the data before the entry.
    before: usize,
}

impl<'a, D: Sink> Map<'a, D> {
    pub(super) fn new(encoder: &'a mut Encoder<D>, len: usize) -> Self {
        let length = Length::new(encoder, Some(len));
        Self { encoder, length, prefix: Prefix::default(), before: 0 }
    }
}

impl<D: Sink> SerializeMap for Map<'_, D> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.length.found += 1;
        self.before = self.encoder.data.len();
        key.serialize(self.encoder.at(Place::Key(&mut self.prefix)))
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(self.encoder.at(Place::Plain))?;
        pad(self.encoder, self.before);
        Ok(())
    }

    fn end(self) -> Done {
        self.length.finish(self.encoder)
    }
}
