use core::fmt::{self, Write as _};

use rejoin_clocks::announce;

/// What a type asks serde for, with all names.
///
/// `Display` writes it much as Rust writes the type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// What no compact format can tell: a type that asks for whatever is there, or says nothing.
    Unknown,
    /// A value without parts.
    Scalar(Scalar),
    /// `Option`, and types that are read as one.
    Optional(Box<Shape>),
    /// A list of any length.
    List(Box<Shape>),
    /// A map, or a set if there is nothing under its keys.
    Map(Box<Shape>, Box<Shape>),
    /// A tuple, or an array.
    Tuple(Vec<Shape>),
    /// A struct of one field without a name; and what announces a name for its content. A
    /// [`Struct`](Self::Struct) that is announced as `rejoin::Fields` is one whose versions may
    /// differ: its fields go by their names, and each version may have others.
    Newtype(String, Box<Shape>),
    /// A struct of fields without names.
    TupleStruct(String, Vec<Shape>),
    /// A struct, with the names of its fields in their order.
    Struct(String, Vec<(String, Shape)>),
    /// An enum, with the names of its variants and what is in each.
    Enum(String, Vec<(String, Shape)>),
    /// That of the type which is so many levels further out: the type contains itself.
    Within(usize),
}

impl Shape {
    /// The name and the fields of a struct whose versions may differ, if this is one.
    pub(crate) fn open_fields(&self) -> Option<(&str, &[(String, Self)])> {
        match self {
            Self::Newtype(mark, inner) if mark == announce::FIELDS => match &**inner {
                Self::Struct(name, fields) => Some((name, fields)),
                _ => None,
            },
            _ => None,
        }
    }

    /// A struct whose versions may differ.
    pub(crate) fn open(name: &str, fields: Vec<(String, Self)>) -> Self {
        let inner = Self::Struct(name.to_owned(), fields);
        Self::Newtype(announce::FIELDS.to_owned(), Box::new(inner))
    }
}

/// The shape of a value without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of the types")]
pub enum Scalar {
    Unit,
    Bool,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Text,
    Bytes,
    /// A replica id, or the id of a node.
    ReplicaId,
    /// A dot.
    Dot,
}

impl Scalar {
    /// All of them, in the order of their numbers in an encoding.
    pub(crate) const ALL: [Self; 19] = [
        Self::Unit,
        Self::Bool,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::I128,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::U128,
        Self::F32,
        Self::F64,
        Self::Char,
        Self::Text,
        Self::Bytes,
        Self::ReplicaId,
        Self::Dot,
    ];
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unit => "()",
            Self::Bool => "bool",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Char => "char",
            Self::Text => "string",
            Self::Bytes => "bytes",
            Self::ReplicaId => "ReplicaId",
            Self::Dot => "Dot",
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, fields)) = self.open_fields() {
            write!(f, "{} {{ ", short(name))?;
            named(f, fields, ", ")?;
            return f.write_str(if fields.is_empty() { ".. }" } else { ", .. }" });
        }
        match self {
            Self::Unknown => f.write_str("?"),
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::Optional(inner) => write!(f, "Option<{inner}>"),
            Self::List(element) => write!(f, "[{element}]"),
            Self::Map(key, value) => write!(f, "{{{key}: {value}}}"),
            Self::Tuple(parts) => f.write_str("(").and_then(|()| listed(f, parts)),
            Self::Newtype(name, inner) => write!(f, "{}({inner})", short(name)),
            Self::TupleStruct(name, parts) => {
                write!(f, "{}(", short(name)).and_then(|()| listed(f, parts))
            }
            Self::Struct(name, fields) => {
                write!(f, "{} {{ ", short(name))?;
                named(f, fields, ", ")?;
                f.write_str(" }")
            }
            Self::Enum(name, variants) => {
                write!(f, "{} {{ ", short(name))?;
                named(f, variants, " | ")?;
                f.write_str(" }")
            }
            Self::Within(levels) => write!(f, "^{levels}"),
        }
    }
}

/// Without the mark of the names that Rejoin's types announce.
pub(crate) fn short(name: &str) -> &str {
    name.strip_prefix("rejoin::").unwrap_or(name)
}

fn listed(f: &mut fmt::Formatter<'_>, parts: &[Shape]) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(f, "{comma}{part}")?;
    }
    f.write_char(')')
}

fn named(f: &mut fmt::Formatter<'_>, parts: &[(String, Shape)], between: &str) -> fmt::Result {
    for (at, (name, part)) in parts.iter().enumerate() {
        let between = if at == 0 { "" } else { between };
        match part {
            Shape::Scalar(Scalar::Unit) => write!(f, "{between}{name}")?,
            _ => write!(f, "{between}{name}: {part}")?,
        }
    }
    Ok(())
}
