//! A shape as a graph: what contains itself leads back, instead of saying how far out that is.

use core::fmt;

use crate::shape::Shape;

/// The way from a shape to one of its parts.
///
/// Parts of two shapes that are alike belong together if their steps are equal. The order is that
/// in which the parts of a shape are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step<'a> {
    /// To the only part, which has no name.
    Inner,
    Element,
    Key,
    Value,
    Number(usize),
    /// To a field that has to be at this place.
    Field(usize, &'a str),
    /// To a field or a variant that goes by its name.
    Name(&'a str),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inner => Ok(()),
            Self::Element => f.write_str("[]"),
            Self::Key => f.write_str("{key}"),
            Self::Value => f.write_str("{value}"),
            Self::Number(at) => at.fmt(f),
            Self::Field(_, name) | Self::Name(name) => f.write_str(name),
        }
    }
}

pub(crate) struct Node<'a> {
    pub(crate) shape: &'a Shape,
    pub(crate) parts: Vec<(Step<'a>, usize)>,
}

/// The nodes of a shape. The first one is the shape itself.
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    /// Whether anything contains itself.
    pub(crate) is_recursive: bool,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(shape: &'a Shape) -> Self {
        let mut graph = Self { nodes: Vec::new(), is_recursive: false };
        graph.add(shape, &mut Vec::new());
        graph
    }

    /// Adds a shape that is within these, the outermost first.
    fn add(&mut self, shape: &'a Shape, outer: &mut Vec<usize>) -> usize {
        if let Shape::Within(levels) = shape
            && let Some(&outer) = outer.iter().rev().nth(levels.wrapping_sub(1))
        {
            self.is_recursive = true;
            return outer;
        }
        let at = self.nodes.len();
        self.nodes.push(Node { shape, parts: Vec::new() });
        outer.push(at);
        if let Shape::Newtype(_, inner) = shape
            && shape.open_fields().is_some()
        {
            // The struct is a level of its own; what is within it may lead back to it alone.
            let closed = self.add(inner, outer);
            let parts = self.nodes[closed].parts.iter();
            let parts = parts.map(|&(step, at)| match step {
                Step::Field(_, name) => (Step::Name(name), at),
                step => (step, at),
            });
            self.nodes[at].parts = parts.collect();
        } else {
            for (step, part) in parts(shape) {
                let part = self.add(part, outer);
                self.nodes[at].parts.push((step, part));
            }
        }
        outer.pop();
        at
    }
}

/// The parts of a shape that is not an open struct.
fn parts(shape: &Shape) -> Vec<(Step<'_>, &Shape)> {
    match shape {
        Shape::Unknown | Shape::Scalar(_) | Shape::Within(_) => Vec::new(),
        Shape::Optional(inner) | Shape::Newtype(_, inner) => vec![(Step::Inner, inner)],
        Shape::List(element) => vec![(Step::Element, element)],
        Shape::Map(key, value) => vec![(Step::Key, key), (Step::Value, value)],
        Shape::Tuple(parts) | Shape::TupleStruct(_, parts) => {
            let parts = parts.iter().enumerate();
            parts.map(|(at, part)| (Step::Number(at), part)).collect()
        }
        Shape::Struct(_, fields) => {
            let fields = fields.iter().enumerate();
            fields.map(|(at, (name, field))| (Step::Field(at, name), field)).collect()
        }
        Shape::Enum(_, variants) => {
            variants.iter().map(|(name, variant)| (Step::Name(name), variant)).collect()
        }
    }
}
