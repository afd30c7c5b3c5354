use core::mem;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Done, Encoder, Listed, Place};
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
    fn new(encoder: &mut Encoder, announced: Option<usize>) -> Self {
        let at = encoder.data.len();
        if let Some(len) = announced {
            encoder.data.put_number(len as u64);
        }
        Self { announced, found: 0, at }
    }

    fn finish(self, encoder: &mut Encoder) -> Done {
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
fn pad(encoder: &mut Encoder, before: usize) {
    if encoder.data.len() == before {
        encoder.data.put(&[0]);
    }
}

/// A sequence, or a dot store.
pub(crate) struct Seq<'a> {
    encoder: &'a mut Encoder,
    length: Length,
    store: Option<Listed>,
}

impl<'a> Seq<'a> {
    #[inline]
    pub(super) fn new(
        encoder: &'a mut Encoder,
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

impl SerializeSeq for Seq<'_> {
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
pub(crate) struct Tuple<'a> {
    encoder: &'a mut Encoder,
    /// Of the next element.
    place: Place<'a>,
    announced: usize,
    found: usize,
}

impl<'a> Tuple<'a> {
    #[inline]
    pub(super) fn new(encoder: &'a mut Encoder, place: Place<'a>, announced: usize) -> Self {
        let place = match place {
            Place::Telling | Place::Element(_) => place,
            Place::Plain | Place::Key(_) | Place::Store => Place::Plain,
        };
        Self { encoder, place, announced, found: 0 }
    }
}

impl SerializeTuple for Tuple<'_> {
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

impl SerializeTupleStruct for Tuple<'_> {
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
pub(crate) struct Fields<'a> {
    encoder: &'a mut Encoder,
    /// Of the struct or the variant.
    name: &'static str,
    is_variant: bool,
    announced: usize,
    found: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of_struct(
        encoder: &'a mut Encoder,
        name: &'static str,
        announced: usize,
    ) -> Self {
        Self { encoder, name, is_variant: false, announced, found: 0 }
    }

    pub(super) fn of_variant(
        encoder: &'a mut Encoder,
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

impl SerializeStruct for Fields<'_> {
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

impl SerializeStructVariant for Fields<'_> {
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

impl SerializeTupleVariant for Fields<'_> {
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
pub(crate) struct Map<'a> {
    encoder: &'a mut Encoder,
    length: Length,
    prefix: Prefix,
    /// The length of the data before the entry.
    before: usize,
}

impl<'a> Map<'a> {
    pub(super) fn new(encoder: &'a mut Encoder, len: usize) -> Self {
        let length = Length::new(encoder, Some(len));
        Self { encoder, length, prefix: Prefix::default(), before: 0 }
    }
}

impl SerializeMap for Map<'_> {
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
