//! Finds a shape by asking a type again and again, each time for one of its parts.

use rejoin_clocks::announce;
use serde::de::DeserializeOwned;

use crate::asked::{Asked, Kind};
use crate::shape::Shape;
use crate::walk;

/// How deep parts may be nested, and how many bytes they and their names may take, before the rest
/// is unknown.
const MAX_DEPTH: usize = 64;
const MAX_LEN: usize = 1 << 15;

/// What a part takes without its name, at most.
const PART: usize = 12;

impl Shape {
    /// The shape of a type.
    ///
    /// What a type does not say is [`Unknown`](Shape::Unknown): when it asks for whatever is there,
    /// or does not accept the plainest value of a part that comes before another in a list; and
    /// beyond 32 KiB of parts and names.
    #[must_use]
    pub fn of<T: DeserializeOwned>() -> Self {
        let mut trace = Trace { path: Vec::new(), outer: Vec::new(), left: MAX_LEN };
        trace.shape::<T>()
    }
}

struct Trace {
    /// The number of the part at each level.
    path: Vec<usize>,
    /// What was asked at each level, and within what is only a mark.
    outer: Vec<(Asked, Option<Asked>)>,
    left: usize,
}

impl Trace {
    /// The shape of the part at the path.
    fn shape<T: DeserializeOwned>(&mut self) -> Shape {
        if self.path.len() > MAX_DEPTH || self.left == 0 {
            return Shape::Unknown;
        }
        self.left = self.left.saturating_sub(PART);
        let Some(asked) = walk::ask::<T>(&self.path) else { return Shape::Unknown };
        let is_scalar = matches!(asked.kind, Kind::Scalar(_) | Kind::Unknown);
        let question = (asked, self.marked::<T>(asked.kind));
        if let Some(at) = self.outer.iter().rposition(|outer| *outer == question && !is_scalar) {
            return Shape::Within(self.path.len() - at);
        }
        self.outer.push(question);
        let shape = self.composed::<T>(asked.kind);
        self.outer.pop();
        shape
    }

    /// What is asked within the mark of a struct whose versions may differ. The mark alone may be
    /// asked for in the same way by many types.
    fn marked<T: DeserializeOwned>(&mut self, kind: Kind) -> Option<Asked> {
        if kind != Kind::Newtype(announce::FIELDS) {
            return None;
        }
        self.path.push(0);
        let asked = walk::ask::<T>(&self.path);
        self.path.pop();
        asked
    }

    fn composed<T: DeserializeOwned>(&mut self, kind: Kind) -> Shape {
        self.left = self.left.saturating_sub(kind.names().map(str::len).sum());
        match kind {
            Kind::Unknown => Shape::Unknown,
            Kind::Scalar(scalar) => Shape::Scalar(scalar),
            Kind::Option => Shape::Optional(Box::new(self.part::<T>(0))),
            Kind::List => Shape::List(Box::new(self.part::<T>(0))),
            Kind::Map => Shape::Map(Box::new(self.part::<T>(0)), Box::new(self.part::<T>(1))),
            Kind::Tuple(count) => Shape::Tuple(self.parts::<T>(count)),
            Kind::Newtype(name) => Shape::Newtype(name.to_owned(), Box::new(self.part::<T>(0))),
            Kind::TupleStruct(name, count) => {
                Shape::TupleStruct(name.to_owned(), self.parts::<T>(count))
            }
            Kind::Struct(name, fields) => Shape::Struct(name.to_owned(), self.named::<T>(fields)),
            Kind::Enum(name, variants) => Shape::Enum(name.to_owned(), self.named::<T>(variants)),
        }
    }

    fn part<T: DeserializeOwned>(&mut self, at: usize) -> Shape {
        self.path.push(at);
        let shape = self.shape::<T>();
        self.path.pop();
        shape
    }

    fn parts<T: DeserializeOwned>(&mut self, count: usize) -> Vec<Shape> {
        // Of an array of a million elements those that there is room for.
        (0..count.min(self.left / PART + 1)).map(|at| self.part::<T>(at)).collect()
    }

    fn named<T: DeserializeOwned>(&mut self, names: &[&str]) -> Vec<(String, Shape)> {
        let names = names.iter().enumerate();
        names.map(|(at, name)| ((*name).to_owned(), self.part::<T>(at))).collect()
    }
}
