//! What a type asks a deserializer for.

use core::fmt;

use serde::de;

use crate::shape::Scalar;

/// What a type has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unknown,
    Scalar(Scalar),
    Option,
    List,
    Map,
    Tuple(usize),
    Newtype(&'static str),
    TupleStruct(&'static str, usize),
    Struct(&'static str, &'static [&'static str]),
    Enum(&'static str, &'static [&'static str]),
}

/// A question, and the name of the type that asked it, which tells types of one shape apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) visitor: &'static str,
}

impl Kind {
    /// Its own name, and those of its parts.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (name, others): (_, &'static [_]) = match *self {
            Self::Newtype(name) | Self::TupleStruct(name, _) => (name, &[]),
            Self::Struct(name, names) | Self::Enum(name, names) => (name, names),
            _ => ("", &[]),
        };
        [name].into_iter().chain(others.iter().copied())
    }
}

/// Why a walk ends, which it always does.
#[derive(Debug)]
pub(crate) struct End;

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shape is found without a value")
    }
}

impl core::error::Error for End {}

impl de::Error for End {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}
