//! What has everything that either of two shapes has.

use core::hash::Hash;
use core::mem;
use std::collections::HashMap;

use crate::check::Pairs;
use crate::encoding::MAX_DEPTH;
use crate::graph::Step;
use crate::mismatch::ShapeMismatch;
use crate::shape::Shape;

/// How many bytes a union may take: less than a shape may, so that there is room for other things
/// beside it wherever a shape fits in.
const MAX_LEN: usize = 3 << 14;

/// How long the way may be on which alone two parts of a shape that contains itself differ. Shapes
/// that are found come nowhere near.
const MAX_ROUNDS: usize = 1 << 8;

impl Shape {
    /// The shape that has everything that either has, if the two fit: fields of structs whose
    /// versions may differ and variants of enums, wherever they are.
    ///
    /// These are in the order of their names, and what contains itself says so where it first comes
    /// again. So in whatever order, and however often, shapes are put together, what comes out is
    /// the same. A shape that has its variants in another order, or says later that something
    /// contains itself, is not equal to its union with itself, which means the same.
    ///
    /// Cost: 5 to 50 microseconds for common types. Every part of both is looked at once; in types
    /// that contain themselves, as often as it takes to tell what is in them apart, which may be
    /// most of a second for the longest shapes that can be made up.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and when the union would take more than 48 KiB or be more than
    /// 128 deep.
    pub fn union(&self, theirs: &Self) -> Result<Self, ShapeMismatch> {
        let pairs = Pairs::of(self, theirs)?;
        let too_long = || ShapeMismatch::too_long(self, theirs);
        let classes = classes(&pairs).ok_or_else(too_long)?;
        let mut writer = Writer { pairs: &pairs, classes, outer: Vec::new(), left: MAX_LEN };
        let union = writer.shape(0, 0).filter(|union| union.encode().len() <= MAX_LEN);
        union.ok_or_else(too_long)
    }
}

/// A number for each pair, which is equal for those of which all that can be reached is equal.
fn classes(pairs: &Pairs<'_>) -> Option<Vec<usize>> {
    if !pairs.is_recursive() {
        return Some((0..pairs.pairs.len()).collect()); // nothing can be within itself
    }
    let outlines = pairs.pairs.iter().enumerate().map(|(at, pair)| {
        let steps: Vec<Step<'_>> = pair.parts.iter().map(|(step, _)| *step).collect();
        (outline(pairs.shape(at)), steps)
    });
    let (mut classes, mut count) = numbered(outlines);
    for _ in 0..MAX_ROUNDS {
        let finer = pairs.pairs.iter().zip(&classes).map(|(pair, class)| {
            let parts: Vec<usize> = pair.parts.iter().map(|(_, part)| classes[*part]).collect();
            (*class, parts)
        });
        let (finer, finer_count) = numbered(finer);
        if finer_count == count {
            return Some(classes);
        }
        (classes, count) = (finer, finer_count);
    }
    None
}

/// Numbers for keys, and how many different ones there are.
fn numbered<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> (Vec<usize>, usize) {
    let mut known = HashMap::new();
    let mut number = |key| {
        let next = known.len();
        *known.entry(key).or_insert(next)
    };
    let numbers = keys.map(&mut number).collect();
    (numbers, known.len())
}

/// What tells a shape from others, but for its parts.
fn outline(shape: &Shape) -> impl Eq + Hash {
    let is_open = shape.open_fields().is_some();
    let scalar = if let Shape::Scalar(scalar) = shape { Some(*scalar) } else { None };
    let levels = if let Shape::Within(levels) = shape { Some(*levels) } else { None };
    (mem::discriminant(shape), name(shape), is_open, scalar, levels)
}

fn name(shape: &Shape) -> &str {
    match shape {
        Shape::Newtype(name, _) => shape.open_fields().map_or(name, |(name, _)| name),
        Shape::TupleStruct(name, _) | Shape::Struct(name, _) | Shape::Enum(name, _) => name,
        _ => "",
    }
}

struct Writer<'p, 'a> {
    pairs: &'p Pairs<'a>,
    classes: Vec<usize>,
    /// The classes of what is further out, and their levels.
    outer: Vec<(usize, usize)>,
    /// How many bytes there is room for.
    left: usize,
}

impl Writer<'_, '_> {
    /// The union of a pair, at this level.
    fn shape(&mut self, at: usize, level: usize) -> Option<Shape> {
        let class = self.classes[at];
        let again = self.outer.iter().rfind(|(outer, _)| *outer == class);
        if let Some(&(_, outer)) = again {
            self.take(2)?;
            return Some(Shape::Within(level - outer));
        }
        if level > MAX_DEPTH {
            return None;
        }
        self.outer.push((class, level));
        let shape = self.composed(at, level);
        self.outer.pop();
        shape
    }

    fn composed(&mut self, at: usize, level: usize) -> Option<Shape> {
        let pairs = self.pairs;
        let (shape, parts) = (pairs.shape(at), &pairs.pairs[at].parts);
        let is_open = shape.open_fields().is_some();
        let inner = level + if is_open { 2 } else { 1 };
        let mut written = Vec::with_capacity(parts.len());
        self.take(1)?;
        for (step, part) in parts {
            let name = match step {
                Step::Field(_, name) | Step::Name(name) => (*name).to_owned(),
                _ => String::new(),
            };
            self.take(name.len())?;
            written.push((name, self.shape(*part, inner)?));
        }
        let name = name(shape);
        self.take(name.len())?;
        match shape {
            _ if is_open => return Some(Shape::open(name, written)),
            Shape::Struct(..) => return Some(Shape::Struct(name.to_owned(), written)),
            Shape::Enum(..) => return Some(Shape::Enum(name.to_owned(), written)),
            _ => {}
        }
        let mut parts = written.into_iter().map(|(_, part)| part);
        Some(match shape {
            Shape::Optional(_) => Shape::Optional(Box::new(parts.next()?)),
            Shape::List(_) => Shape::List(Box::new(parts.next()?)),
            Shape::Map(..) => Shape::Map(Box::new(parts.next()?), Box::new(parts.next()?)),
            Shape::Tuple(_) => Shape::Tuple(parts.collect()),
            Shape::Newtype(..) => Shape::Newtype(name.to_owned(), Box::new(parts.next()?)),
            Shape::TupleStruct(..) => Shape::TupleStruct(name.to_owned(), parts.collect()),
            leaf => leaf.clone(),
        })
    }

    fn take(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }
}
