use alloc::boxed::Box;
use core::mem;

use rejoin_core::wire::Kind;
use serde::ser::{
    Serialize, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Done, Encoder, Listed, Place};
use crate::EncodeError;
use crate::columns::Prefix;
use crate::sketch::{self, NOWHERE};

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
    /// The place of the elements, or of the store.
    node: sketch::Place,
    length: Length,
    store: Option<Listed>,
}

impl<'a> Seq<'a> {
    #[inline]
    pub(super) fn new(
        encoder: &'a mut Encoder,
        node: sketch::Place,
        is_store: bool,
        len: Option<usize>,
    ) -> Result<Self, EncodeError> {
        if !is_store {
            let length = Length::new(encoder, len);
            let node = if len == Some(0) { node } else { encoder.drawing.below(node, 0) };
            return Ok(Self { encoder, node, length, store: None });
        }
        let Some(count) = len else {
            return Err(EncodeError::Message("a dot store without a length".into()));
        };
        encoder.counts.push(count);
        let length = Length { announced: len, found: 0, at: 0 };
        Ok(Self { encoder, node, length, store: Some(Listed { count, last: None }) })
    }
}

impl SerializeSeq for Seq<'_> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.length.found += 1;
        match &mut self.store {
            Some(listed) => value.serialize(self.encoder.at(Place::Element(listed), self.node)),
            None => {
                let before = self.encoder.data.len();
                value.serialize(self.encoder.at(Place::Plain, self.node))?;
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

/// A tuple: plain, the two parts of a dot, a dot with its value, or a variant with its name.
pub(crate) struct Tuple<'a> {
    encoder: &'a mut Encoder,
    /// Of the next element.
    place: Place<'a>,
    node: sketch::Place,
    announced: usize,
    found: usize,
    /// The name of the variant.
    name: Option<Box<str>>,
}

impl<'a> Tuple<'a> {
    #[inline]
    pub(super) fn new(
        encoder: &'a mut Encoder,
        place: Place<'a>,
        node: sketch::Place,
        announced: usize,
    ) -> Self {
        let place = match place {
            Place::Telling | Place::Element(_) | Place::Variant => place,
            _ => Place::Plain,
        };
        Self { encoder, place, node, announced, found: 0, name: None }
    }

    /// The name of a variant, and then its content.
    fn variant<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        match self.name.take() {
            None => value.serialize(self.encoder.at(Place::VariantName(&mut self.name), NOWHERE)),
            Some(name) => {
                let below = self.encoder.enter_variant(&name, self.node)?;
                value.serialize(self.encoder.at(Place::Plain, below))?;
                self.encoder.depth -= 1;
                Ok(())
            }
        }
    }
}

impl SerializeTuple for Tuple<'_> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let number = self.found;
        self.found += 1;
        match &mut self.place {
            Place::Telling => value.serialize(self.encoder.at(Place::Telling, NOWHERE)),
            Place::Variant => self.variant(value),
            // The dot of an element, and then the value, which has the only place below.
            place @ Place::Element(_) => {
                let place = mem::replace(place, Place::Plain);
                self.found = 0;
                self.announced -= 1;
                value.serialize(self.encoder.at(place, NOWHERE))
            }
            _ => {
                let below = self.encoder.drawing.below(self.node, number);
                value.serialize(self.encoder.at(Place::Plain, below))
            }
        }
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
    node: sketch::Place,
    is_variant: bool,
    announced: usize,
    found: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of_struct(
        encoder: &'a mut Encoder,
        name: &'static str,
        node: sketch::Place,
        announced: usize,
    ) -> Result<Self, EncodeError> {
        encoder.drawing.note(node, Kind::Tuple)?;
        Ok(Self { encoder, name, node, is_variant: false, announced, found: 0 })
    }

    pub(super) fn of_variant(
        encoder: &'a mut Encoder,
        name: &'static str,
        node: sketch::Place,
        announced: usize,
    ) -> Result<Self, EncodeError> {
        encoder.drawing.note(node, Kind::Tuple)?;
        Ok(Self { encoder, name, node, is_variant: true, announced, found: 0 })
    }

    fn field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let below = self.encoder.drawing.below(self.node, self.found);
        self.found += 1;
        value.serialize(self.encoder.at(Place::Plain, below))
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

/// The entries of a map.
pub(crate) struct Entries<'a> {
    encoder: &'a mut Encoder,
    /// The places of keys and of values.
    nodes: [sketch::Place; 2],
    length: Length,
    prefix: Prefix,
    /// The length of the data before the entry.
    before: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(encoder: &'a mut Encoder, node: sketch::Place, len: usize) -> Self {
        let length = Length::new(encoder, Some(len));
        let nodes = [0, 1].map(|number| encoder.drawing.below(node, number));
        Self { encoder, nodes, length, prefix: Prefix::default(), before: 0 }
    }
}

impl Entries<'_> {
    #[inline]
    pub(super) fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.length.found += 1;
        self.before = self.encoder.data.len();
        key.serialize(self.encoder.at(Place::Key(&mut self.prefix), self.nodes[0]))
    }

    #[inline]
    pub(super) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(self.encoder.at(Place::Plain, self.nodes[1]))?;
        pad(self.encoder, self.before);
        Ok(())
    }

    pub(super) fn finish(self) -> Done {
        self.length.finish(self.encoder)
    }
}
