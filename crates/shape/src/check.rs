//! Whether two shapes fit each other: all that can be reached by the same steps in both is alike.

use std::collections::{BTreeMap, HashMap};

use crate::graph::{Graph, Node, Step};
use crate::mismatch::ShapeMismatch;
use crate::shape::Shape;

/// How many pairs there may be. Those of shapes as long as any fit in, if they contain themselves
/// in the same places.
const MAX_PAIRS: usize = 1 << 16;

impl Shape {
    /// Whether what is encoded by a type of either shape is decoded by a type of the other as what
    /// it was.
    ///
    /// Enums have some variants in common, and structs whose versions may differ have some fields
    /// in common: these have to fit. Of all else there is the same, in the same order.
    ///
    /// # Errors
    ///
    /// Where that is not so, and what is there in both. Shapes which contain themselves in so many
    /// different places that they cannot be compared are said to be too long.
    pub fn check(&self, theirs: &Self) -> Result<(), ShapeMismatch> {
        Pairs::of(self, theirs).map(|_| ())
    }
}

/// What is reached by the same steps in two shapes, in one of them at least.
pub(crate) struct Pair<'a> {
    own: Option<usize>,
    theirs: Option<usize>,
    /// The numbers of the pairs of parts.
    pub(crate) parts: Vec<(Step<'a>, usize)>,
    /// The pair that this one was first reached from.
    from: Option<(usize, Step<'a>)>,
}

/// All pairs of two shapes that fit each other. The first one is that of the shapes themselves.
pub(crate) struct Pairs<'a> {
    own: Graph<'a>,
    theirs: Graph<'a>,
    pub(crate) pairs: Vec<Pair<'a>>,
}

impl<'a> Pairs<'a> {
    pub(crate) fn of(own: &'a Shape, theirs: &'a Shape) -> Result<Self, ShapeMismatch> {
        let first = Pair { own: Some(0), theirs: Some(0), parts: Vec::new(), from: None };
        let mut all = Self { own: Graph::of(own), theirs: Graph::of(theirs), pairs: vec![first] };
        let mut known = HashMap::from([((Some(0), Some(0)), 0)]);
        let mut left = vec![0];
        while let Some(at) = left.pop() {
            if let [Some(own), Some(theirs)] = all.nodes(at)
                && !is_alike(own.shape, theirs.shape)
            {
                return Err(ShapeMismatch::new(all.path(at), own.shape, theirs.shape));
            }
            let before = left.len();
            for (step, (own, theirs)) in all.common_parts(at) {
                let next = all.pairs.len();
                let part = *known.entry((own, theirs)).or_insert(next);
                all.pairs[at].parts.push((step, part));
                if part == next {
                    let (parts, from) = (Vec::new(), Some((at, step)));
                    all.pairs.push(Pair { own, theirs, parts, from });
                    left.push(part);
                }
            }
            if all.pairs.len() > MAX_PAIRS {
                return Err(ShapeMismatch::too_long(own, theirs));
            }
            left[before..].reverse(); // what comes first is looked at first
        }
        Ok(all)
    }

    /// Whether anything contains itself.
    pub(crate) fn is_recursive(&self) -> bool {
        self.own.is_recursive || self.theirs.is_recursive
    }

    /// What the two are but for their parts.
    pub(crate) fn shape(&self, at: usize) -> &'a Shape {
        match self.nodes(at) {
            [Some(node), _] | [None, Some(node)] => node.shape,
            [None, None] => &Shape::Unknown, // which is in no pair
        }
    }

    fn nodes(&self, at: usize) -> [Option<&Node<'a>>; 2] {
        let Pair { own, theirs, .. } = self.pairs[at];
        [own.map(|at| &self.own.nodes[at]), theirs.map(|at| &self.theirs.nodes[at])]
    }

    /// The parts of a pair, in the order in which they are written: those that go by their names in
    /// that of the names. If a shape has two parts of one name, the first one counts.
    fn common_parts(&self, at: usize) -> BTreeMap<Step<'a>, (Option<usize>, Option<usize>)> {
        let mut parts = BTreeMap::<_, (Option<usize>, Option<usize>)>::new();
        let [own, theirs] =
            self.nodes(at).map(|node| node.into_iter().flat_map(|node| &node.parts));
        for &(step, at) in own {
            parts.entry(step).or_default().0.get_or_insert(at);
        }
        for &(step, at) in theirs {
            parts.entry(step).or_default().1.get_or_insert(at);
        }
        parts
    }

    fn path(&self, at: usize) -> String {
        let outwards = core::iter::successors(self.pairs[at].from, |(at, _)| self.pairs[*at].from);
        let mut steps: Vec<String> = outwards.map(|(_, step)| step.to_string()).collect();
        steps.retain(|step| !step.is_empty());
        steps.reverse();
        steps.join(".").replace(".[", "[").replace(".{", "{")
    }
}

/// Whether two shapes are alike but for what is in their parts, and for parts that go by a name.
fn is_alike(one: &Shape, other: &Shape) -> bool {
    match (one, other) {
        (Shape::Optional(_), Shape::Optional(_))
        | (Shape::List(_), Shape::List(_))
        | (Shape::Map(..), Shape::Map(..)) => true,
        (Shape::Tuple(one), Shape::Tuple(other)) => one.len() == other.len(),
        (Shape::Newtype(name, _), Shape::Newtype(other_name, _)) => {
            let [one, other] = [one, other].map(|shape| shape.open_fields().map(|(name, _)| name));
            name == other_name && one == other
        }
        (Shape::TupleStruct(name, one), Shape::TupleStruct(other_name, other)) => {
            name == other_name && one.len() == other.len()
        }
        (Shape::Struct(name, one), Shape::Struct(other_name, other)) => {
            let names = one.iter().map(|(field, _)| field);
            name == other_name && names.eq(other.iter().map(|(field, _)| field))
        }
        (Shape::Enum(name, _), Shape::Enum(other_name, _)) => name == other_name,
        _ => one == other,
    }
}
