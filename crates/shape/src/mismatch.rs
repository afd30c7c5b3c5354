use core::error::Error;
use core::fmt;

use crate::shape::{Shape, short};

/// Where two shapes do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeMismatch {
    path: String,
    own: String,
    theirs: String,
    is_too_long: bool,
}

impl ShapeMismatch {
    pub(crate) fn new(path: String, own: &Shape, theirs: &Shape) -> Self {
        let [own, theirs] = [own, theirs].map(|shape| Outline(shape).to_string());
        Self { path, own, theirs, is_too_long: false }
    }

    /// Of shapes that may fit, but are too long together.
    pub(crate) fn too_long(own: &Shape, theirs: &Shape) -> Self {
        let [own, theirs] = [own, theirs].map(|shape| format!("{} bytes", shape.encode().len()));
        Self { path: String::new(), own, theirs, is_too_long: true }
    }

    /// The way from the type to what differs: names of fields and variants, `[]` for what is in a
    /// list, `{key}` and `{value}` for what is in a map, numbers of parts. Empty for the type
    /// itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is here at this path, without what is in its parts. It is how many bytes the shape has,
    /// if the two are too long together.
    #[must_use]
    pub fn own(&self) -> &str {
        &self.own
    }

    /// What is there.
    #[must_use]
    pub fn theirs(&self) -> &str {
        &self.theirs
    }
}

impl fmt::Display for ShapeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, own, theirs, is_too_long } = self;
        if *is_too_long {
            return write!(f, "the shapes are too long together: {own} here, and {theirs} there");
        }
        if !path.is_empty() {
            write!(f, "at `{path}` ")?;
        }
        write!(f, "it is {own} here, and {theirs} there")
    }
}

impl Error for ShapeMismatch {}

/// A shape without what is in its parts.
struct Outline<'a>(&'a Shape);

impl fmt::Display for Outline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, fields)) = self.0.open_fields() {
            let fields = fields.iter().map(|(field, _)| &**field).chain([".."]);
            return write!(f, "{name} {{ {} }}", fields.collect::<Vec<_>>().join(", "));
        }
        match self.0 {
            Shape::Unknown => f.write_str("something unknown"),
            Shape::Optional(_) => f.write_str("an option"),
            Shape::List(_) => f.write_str("a list"),
            Shape::Map(..) => f.write_str("a map"),
            Shape::Tuple(parts) => write!(f, "a tuple of {}", parts.len()),
            Shape::TupleStruct(name, parts) => write!(f, "{name} of {}", parts.len()),
            Shape::Newtype(name, _) => f.write_str(short(name)),
            Shape::Struct(name, fields) => {
                let fields: Vec<_> = fields.iter().map(|(field, _)| &**field).collect();
                write!(f, "{name} {{ {} }}", fields.join(", "))
            }
            Shape::Enum(name, _) => write!(f, "the enum {name}"),
            Shape::Within(levels) => write!(f, "what is {levels} levels further out"),
            scalar @ Shape::Scalar(_) => scalar.fmt(f),
        }
    }
}
