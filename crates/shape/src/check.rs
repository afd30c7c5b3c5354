use core::error::Error;
use core::fmt;

use crate::shape::{Shape, short};

/// Where two shapes do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeMismatch {
    path: String,
    own: String,
    theirs: String,
}

impl ShapeMismatch {
    /// The way from the type to what differs: names of fields and variants, `[]` for what is in a
    /// list, `{key}` and `{value}` for what is in a map, numbers of parts. Empty for the type
    /// itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is here at this path, without what is in its parts.
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
        let Self { path, own, theirs } = self;
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

impl Shape {
    /// Whether what is encoded by a type of either shape is decoded by a type of the other as what
    /// it was.
    ///
    /// # Errors
    ///
    /// Where that is not so, and what is there in both.
    pub fn check(&self, theirs: &Self) -> Result<(), ShapeMismatch> {
        match find(self, theirs) {
            None => Ok(()),
            Some((mut path, own, theirs)) => {
                path.reverse();
                let path = path.join(".").replace(".[", "[").replace(".{", "{");
                let [own, theirs] = [own, theirs].map(|shape| Outline(shape).to_string());
                Err(ShapeMismatch { path, own, theirs })
            }
        }
    }
}

/// The innermost of what does not fit, and the way to it from the inside.
type Found<'a> = (Vec<String>, &'a Shape, &'a Shape);

fn find<'a>(own: &'a Shape, theirs: &'a Shape) -> Option<Found<'a>> {
    let Some(parts) = common_parts(own, theirs) else {
        return Some((Vec::new(), own, theirs));
    };
    parts.into_iter().find_map(|(step, own, theirs)| {
        let (mut path, own, theirs) = find(own, theirs)?;
        path.extend(step);
        Some((path, own, theirs))
    })
}

/// A part of two shapes, and the step to it.
type Part<'a> = (Option<String>, &'a Shape, &'a Shape);

/// The parts that two shapes have in common, if they are alike but for their parts.
fn common_parts<'a>(own: &'a Shape, theirs: &'a Shape) -> Option<Vec<Part<'a>>> {
    let step = |name: &str| Some(name.to_owned());
    match (own, theirs) {
        (Shape::Optional(one), Shape::Optional(other)) => Some(vec![(None, one, other)]),
        (Shape::Newtype(name, one), Shape::Newtype(other_name, other)) => {
            (name == other_name).then(|| vec![(None, &**one, &**other)])
        }
        (Shape::List(one), Shape::List(other)) => Some(vec![(step("[]"), one, other)]),
        (Shape::Map(key, value), Shape::Map(other_key, other_value)) => {
            Some(vec![(step("{key}"), key, other_key), (step("{value}"), value, other_value)])
        }
        (Shape::Tuple(one), Shape::Tuple(other)) => numbered(one, other),
        (Shape::TupleStruct(name, one), Shape::TupleStruct(other_name, other)) => {
            numbered(one, other).filter(|_| name == other_name)
        }
        (Shape::Struct(name, one), Shape::Struct(other_name, other)) => {
            let names = |fields: &'a [(String, Shape)]| fields.iter().map(|(field, _)| field);
            let pairs = one.iter().zip(other);
            let parts = pairs.map(|((field, own), (_, theirs))| (step(field), own, theirs));
            (name == other_name && names(one).eq(names(other))).then(|| parts.collect())
        }
        (Shape::Enum(name, one), Shape::Enum(other_name, other)) => {
            let both = one.iter().filter_map(|(variant, own)| {
                let (_, theirs) = other.iter().find(|(name, _)| name == variant)?;
                Some((step(variant), own, theirs))
            });
            (name == other_name).then(|| both.collect())
        }
        _ => (own == theirs).then(Vec::new),
    }
}

fn numbered<'a>(one: &'a [Shape], other: &'a [Shape]) -> Option<Vec<Part<'a>>> {
    let pairs = one.iter().zip(other).enumerate();
    let parts = pairs.map(|(at, (own, theirs))| (Some(at.to_string()), own, theirs));
    (one.len() == other.len()).then(|| parts.collect())
}
