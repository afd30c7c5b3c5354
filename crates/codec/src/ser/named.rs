use alloc::boxed::Box;

use rejoin_core::announce;
use rejoin_core::wire::Kind;
use serde::ser::{Serialize, SerializeStruct};

use super::compound::Fields;
use super::{Done, Encoder, Place};
use crate::EncodeError;
use crate::columns::MAX_NAME;
use crate::sketch::{self, MAX_FIELDS, NOWHERE};

/// A struct.
pub(crate) enum Struct<'a> {
    /// Its fields stand in their order.
    Placed(Fields<'a>),
    /// They go by name, as its versions differ.
    Named(NamedFields<'a>),
}

/// The fields of a struct whose versions differ, in the order of their names: a bit for each that
/// is not bottom, and then these.
pub(crate) struct NamedFields<'a> {
    encoder: &'a mut Encoder,
    /// Of the struct.
    name: &'static str,
    node: sketch::Place,
    /// Where the bits go.
    at: usize,
    content: u64,
    /// The name of the next field, if it is unknown to the type.
    unknown: Option<Box<str>>,
}

impl<'a> NamedFields<'a> {
    pub(super) fn new(
        encoder: &'a mut Encoder,
        name: &'static str,
        node: sketch::Place,
    ) -> Result<Self, EncodeError> {
        if encoder.must_draw {
            return Err(EncodeError::Message("encoding begins again".into()));
        }
        encoder.drawing.note(node, Kind::Fields)?;
        let at = encoder.data.len();
        encoder.data.put(&[0]);
        Ok(Self { encoder, name, node, at, content: 0, unknown: None })
    }

    fn field<T: Serialize + ?Sized>(&mut self, field: &str, value: &T) -> Done {
        if field.len() > MAX_NAME {
            return Err(EncodeError::LongName(field.into()));
        }
        let (number, below) = self.encoder.drawing.named(self.node, field);
        let mut is_bottom = false;
        value.serialize(self.encoder.at(Place::Field(&mut is_bottom), below))?;
        if is_bottom {
            self.encoder.drawing.forget(self.node, number);
            return Ok(());
        }
        if number >= MAX_FIELDS {
            return Err(EncodeError::ManyFields(self.name));
        }
        self.content |= 1 << number;
        Ok(())
    }
}

impl SerializeStruct for Struct<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Done {
        let fields = match self {
            Self::Placed(fields) => return fields.named_field(field, value),
            Self::Named(fields) => fields,
        };
        match field {
            announce::UNKNOWN_NAME => {
                value.serialize(fields.encoder.at(Place::Name(&mut fields.unknown), NOWHERE))
            }
            announce::UNKNOWN_FIELD => {
                let name = fields.unknown.take().unwrap_or_default();
                fields.field(&name, value)
            }
            _ => {
                let name = fields.name;
                fields.field(field, value).map_err(|error| error.in_field(name, field))
            }
        }
    }

    fn skip_field(&mut self, field: &'static str) -> Done {
        match self {
            Self::Placed(fields) => fields.skipped(field),
            Self::Named(_) => Ok(()),
        }
    }

    fn end(self) -> Done {
        match self {
            Self::Placed(fields) => fields.finish(),
            Self::Named(NamedFields { encoder, at, content, .. }) => {
                encoder.data.replace_byte(at, content);
                Ok(())
            }
        }
    }
}
