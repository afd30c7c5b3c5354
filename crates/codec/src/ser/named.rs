use rejoin_core::wire::Kind;
use serde::ser::{Serialize, SerializeMap};

use super::compound::Entries;
use super::{Done, Encoder, Place};
use crate::EncodeError;
use crate::sketch::{self, NOWHERE};

/// A map, or what is like one.
pub(crate) enum Map<'a> {
    Entries(Entries<'a>),
    Fields(NamedFields<'a>),
}

/// The fields of a struct whose versions differ: which ones there are, in which order, and then
/// these.
pub(crate) struct NamedFields<'a> {
    encoder: &'a mut Encoder,
    node: sketch::Place,
    /// Where it goes which fields there are.
    at: usize,
    /// Where their numbers begin.
    numbers: usize,
    /// The number and the place of the next field.
    next: (usize, sketch::Place),
}

impl<'a> NamedFields<'a> {
    pub(super) fn new(encoder: &'a mut Encoder, node: sketch::Place) -> Result<Self, EncodeError> {
        if encoder.must_draw {
            return Err(EncodeError::Message("encoding begins again".into()));
        }
        encoder.drawing.note(node, Kind::Fields)?;
        let (at, numbers) = (encoder.data.len(), encoder.numbers.len());
        encoder.data.put(&[0]);
        Ok(Self { encoder, node, at, numbers, next: (0, NOWHERE) })
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(self.encoder.at(Place::FieldName(&mut self.next), self.node))
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let (number, below) = self.next;
        self.encoder.numbers.push(number as u32);
        value.serialize(self.encoder.at(Place::Plain, below))
    }

    fn finish(self) {
        let Self { encoder, node, at, numbers, .. } = self;
        if let Some(fields) = encoder.numbers.get(numbers..).filter(|fields| !fields.is_empty()) {
            let (number, is_new) = encoder.drawing.combination(node, fields);
            encoder.data.put_combination(at, number + 1, is_new.then_some(fields));
            encoder.numbers.truncate(numbers);
        }
    }
}

impl SerializeMap for Map<'_> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        match self {
            Self::Entries(entries) => entries.key(key),
            Self::Fields(fields) => fields.key(key),
        }
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        match self {
            Self::Entries(entries) => entries.value(value),
            Self::Fields(fields) => fields.value(value),
        }
    }

    fn end(self) -> Done {
        match self {
            Self::Entries(entries) => entries.finish(),
            Self::Fields(fields) => {
                fields.finish();
                Ok(())
            }
        }
    }
}
