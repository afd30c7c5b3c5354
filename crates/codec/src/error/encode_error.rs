use alloc::string::{String, ToString};
use core::fmt;

use serde::ser;

/// A value cannot be turned into bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The value nests containers deeper than this, so that it could not be read back.
    TooDeep(usize),
    /// A type announced one number of elements and gave another.
    Length {
        /// What was announced.
        announced: usize,
        /// What came.
        found: usize,
    },
    /// A type left this field out (`skip_serializing_if`), which no reader could know.
    Skipped(&'static str),
    /// The type's own `Serialize` failed.
    Message(String),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep(limit) => write!(f, "value nests deeper than {limit}"),
            Self::Length { announced, found } => {
                write!(f, "a length of {announced} was announced, and {found} elements came")
            }
            Self::Skipped(field) => write!(f, "field `{field}` cannot be left out"),
            Self::Message(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for EncodeError {}

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }
}
