use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use rejoin_core::wire::Kind;
use serde::de;

use crate::varint::Malformed;

/// Bytes that are not an encoding of the type that was asked for.
///
/// It says why, where in the bytes, and in which field.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    reason: Reason,
    offset: Option<usize>,
    /// The fields and entries on the way, outermost first.
    path: String,
}

/// Why bytes were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// There is no byte at all.
    Empty,
    /// The bytes are of another version of the format.
    Version {
        /// The version of the bytes.
        found: u8,
        /// The only version that this release reads.
        expected: u8,
    },
    /// The header has a flag that this version does not define.
    Flag,
    /// The bytes end too early.
    Truncated,
    /// This many bytes are left over.
    Trailing(usize),
    /// A length is larger than the bytes that are left could hold.
    Length(u64),
    /// A number is not in its shortest form.
    LongNumber,
    /// A number does not fit into its type.
    Range,
    /// A byte that says yes or no, or some or none, is neither 0 nor 1; or the byte that stands for
    /// an empty element is not 0.
    Tag(u8),
    /// A character or a text is not Unicode.
    Text,
    /// A key does not share with the key before what it says, or shares more.
    SharedPrefix,
    /// Containers are nested deeper than this.
    TooDeep(usize),
    /// The table of replica ids has an id twice, or one that is not used, or is out of order, or a
    /// reference leads out of it.
    Replica,
    /// A run of dots starts at 0, goes beyond the last sequence number, continues the run before,
    /// or is not used up.
    Run,
    /// The counts of dots are not used up.
    Count,
    /// The name of a variant is there twice or too long, or a reference leads out of the names.
    Variant,
    /// The dots of one store are not in ascending order, or one starts at 0.
    Dot,
    /// The type asks what is there (`deserialize_any`), which only a self-describing format can
    /// say.
    NotSelfDescribing,
    /// The sketch of what stands where, which is there if versions of a struct may differ, is not
    /// that of the data.
    Sketch,
    /// The sketch says that another kind of value stands here than the type reads.
    Kind {
        /// What the sketch says.
        found: Kind,
        /// What the type reads.
        expected: Kind,
    },
    /// What the type itself says.
    Message(String),
}

impl DecodeError {
    /// Why.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// How many bytes were read before the error was found.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The way to the field, as in `store.lines[3].quantity`; empty at the top. An entry of a map
    /// or a sequence is named by its place.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// The same error, of a part of `field`.
    #[cold]
    pub(crate) fn in_field(mut self, field: &str) -> Self {
        let path = &self.0.path;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        self.0.path = format!("{field}{dot}{path}");
        self
    }

    /// The same error, of a part of an entry.
    #[cold]
    pub(crate) fn in_entry(mut self, number: usize) -> Self {
        let path = &self.0.path;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        self.0.path = format!("[{number}]{dot}{path}");
        self
    }
}

impl From<Reason> for DecodeError {
    #[cold]
    fn from(reason: Reason) -> Self {
        Self(Box::new(Inner { reason, offset: None, path: String::new() }))
    }
}

impl From<Malformed> for Reason {
    fn from(error: Malformed) -> Self {
        match error {
            Malformed::Truncated => Self::Truncated,
            Malformed::TooLong => Self::LongNumber,
        }
    }
}

impl de::Error for DecodeError {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Reason::Message(message.to_string()).into()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no bytes"),
            Self::Version { found, expected } => {
                write!(f, "format version {found} where only {expected} is understood")
            }
            Self::Flag => f.write_str("unknown flag in the header"),
            Self::Truncated => f.write_str("the bytes end too early"),
            Self::Trailing(bytes) => write!(f, "{bytes} bytes are left over"),
            Self::Length(length) => write!(f, "a length of {length}, beyond the end of the bytes"),
            Self::LongNumber => f.write_str("a number that is not in its shortest form"),
            Self::Range => f.write_str("a number that does not fit into its type"),
            Self::Tag(tag) => write!(f, "{tag} where 0 or 1 is expected"),
            Self::Text => f.write_str("text that is not Unicode"),
            Self::SharedPrefix => f.write_str("a key whose shared prefix is wrong"),
            Self::TooDeep(limit) => write!(f, "containers are nested deeper than {limit}"),
            Self::Replica => f.write_str("a wrong table of replica ids"),
            Self::Run => f.write_str("an impossible run of dots"),
            Self::Count => f.write_str("an impossible count of dots"),
            Self::Variant => f.write_str("a wrong name of a variant"),
            Self::Dot => f.write_str("dots that are not in ascending order, from 1"),
            Self::NotSelfDescribing => f.write_str("the format does not describe its types"),
            Self::Sketch => f.write_str("a sketch that is not that of the data"),
            Self::Kind { found, expected } => {
                write!(f, "{found:?} where the type reads {expected:?}")
            }
            Self::Message(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.reason.fmt(f)?;
        if !self.0.path.is_empty() {
            write!(f, ", in {}", self.0.path)?;
        }
        match self.0.offset {
            Some(offset) => write!(f, ", at byte {offset}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("reason", &self.0.reason)
            .field("path", &self.0.path)
            .field("offset", &self.0.offset)
            .finish()
    }
}

impl core::error::Error for DecodeError {}
