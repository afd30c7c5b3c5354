use alloc::string::{String, ToString};
use core::fmt;

use rejoin_core::wire::Kind;
use serde::ser;

use crate::DecodeError;

/// A value cannot be turned into bytes that it could be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The value nests containers deeper than this, so that it could not be read back.
    TooDeep(usize),
    /// A type announced one number of elements or fields and gave another.
    Length {
        /// What was announced.
        announced: usize,
        /// What came.
        found: usize,
    },
    /// A type left a field out (`skip_serializing_if`), which no reader could know.
    Skipped {
        /// The struct, or the variant of an enum.
        container: &'static str,
        /// The field of it.
        field: &'static str,
    },
    /// A map does not say beforehand how many entries it has. `#[serde(flatten)]` makes one of a
    /// struct, which only a format that describes its types could be read back from.
    UnknownLength {
        /// The struct and the field that the map is in, if it is in any.
        field: Option<(&'static str, &'static str)>,
    },
    /// The name of a variant of an enum, or of a field of a struct whose versions may differ, has
    /// more than 255 bytes.
    LongName(String),
    /// A type writes values of two kinds at one place of a struct whose versions may differ.
    MixedKinds(Kind, Kind),
    /// The dots of a store are not in ascending order.
    DotOrder,
    /// The bytes cannot be read back as the type, though each part could be written: as with
    /// `untagged` and `tag` of serde, which need a format that describes its types.
    NotReadable(DecodeError),
    /// The bytes are read back as a value that is not equal: as with a field that is not written
    /// (`skip`) and had another value than its default.
    ReadsDifferently,
    /// The value does not equal itself, as NaN does not, so that replicas could never agree on it.
    NotEqualToItself,
    /// The type's own `Serialize` failed.
    Message(String),
}

impl EncodeError {
    /// The same error, of a part of a field; the innermost one is named.
    #[cold]
    pub(crate) fn in_field(mut self, container: &'static str, name: &'static str) -> Self {
        if let Self::UnknownLength { field } = &mut self {
            field.get_or_insert((container, name));
        }
        self
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep(limit) => write!(f, "value nests deeper than {limit}"),
            Self::Length { announced, found } => {
                write!(f, "a length of {announced} was announced, and {found} elements came")
            }
            Self::Skipped { container, field } => {
                write!(f, "field `{field}` of `{container}` cannot be left out")
            }
            Self::UnknownLength { field } => {
                f.write_str("a map without a length, which `flatten` makes of a struct")?;
                match field {
                    Some((container, field)) => write!(f, ", in field `{field}` of `{container}`"),
                    None => Ok(()),
                }
            }
            Self::LongName(name) => {
                write!(f, "the name of a variant or a field is too long: {name}")
            }
            Self::MixedKinds(one, other) => {
                write!(f, "values of the kinds {one:?} and {other:?} at one place")
            }
            Self::DotOrder => f.write_str("dots that are not in ascending order"),
            Self::NotReadable(_) => f.write_str("value is not readable from its encoding"),
            Self::ReadsDifferently => f.write_str("value reads back differently"),
            Self::NotEqualToItself => f.write_str("value does not equal itself, as NaN does not"),
            Self::Message(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::NotReadable(error) => Some(error),
            _ => None,
        }
    }
}

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }
}
