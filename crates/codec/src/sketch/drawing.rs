use alloc::boxed::Box;
use alloc::vec::Vec;

use hashbrown::HashMap;
use rejoin_core::wire::Kind;

use super::names::Names;
use super::{DEPTH_FACTOR, KIND_BITS, MANY, NOWHERE, Place, fixed};
use crate::{EncodeError, varint};

/// A sketch that is made while a value is written.
#[derive(Default)]
pub(crate) struct Drawing {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    kind: Kind,
    /// Of the fields or variants below.
    names: Names<Box<str>>,
    below: Vec<Place>,
    /// Of fields that instances of a struct have.
    combinations: Vec<Box<[u32]>>,
    /// Their numbers, if they are not few.
    numbers: HashMap<Box<[u32]>, usize>,
}

impl Drawing {
    /// The place of the whole value.
    pub(crate) fn root(&mut self) -> Place {
        self.push()
    }

    fn push(&mut self) -> Place {
        let place = self.nodes.len() as Place;
        self.nodes.push(Node::default());
        place
    }

    /// Notes what came to a place.
    #[inline]
    pub(crate) fn note(&mut self, place: Place, kind: Kind) -> Result<(), EncodeError> {
        match self.nodes.get_mut(place as usize) {
            None => Ok(()),
            Some(node) if node.kind == kind => Ok(()),
            Some(node) => node.become_one(kind),
        }
    }

    /// The place below another that has this number.
    #[inline]
    pub(crate) fn below(&mut self, place: Place, number: usize) -> Place {
        let Some(node) = self.nodes.get(place as usize) else { return NOWHERE };
        if let Some(below) = node.below.get(number) {
            return *below;
        }
        for _ in node.below.len()..=number {
            let below = self.push();
            self.nodes[place as usize].below.push(below);
        }
        self.nodes[place as usize].below[number]
    }

    /// The place below another that has this name, with its number.
    pub(crate) fn named(&mut self, place: Place, name: &str) -> (usize, Place) {
        let Some(node) = self.nodes.get_mut(place as usize) else { return (0, NOWHERE) };
        let number = node.names.find(name).unwrap_or_else(|| {
            node.names.push(name.into());
            node.names.len() - 1
        });
        (number, self.below(place, number))
    }

    /// The number of a combination of fields of a struct, and whether it is the first of its kind.
    pub(crate) fn combination(&mut self, place: Place, fields: &[u32]) -> (u64, bool) {
        let Some(node) = self.nodes.get_mut(place as usize) else { return (0, true) };
        if let Some(number) = node.find_combination(fields) {
            return (number as u64, false);
        }
        let number = node.combinations.len();
        node.combinations.push(fields.into());
        if number >= FEW {
            let new = if number == FEW { 0 } else { number };
            let new = node.combinations.iter().enumerate().skip(new);
            node.numbers.extend(new.map(|(number, fields)| (fields.clone(), number)));
        }
        (number as u64, true)
    }

    /// The sketch in bytes: none if there is no struct whose versions differ, with content.
    pub(crate) fn finish(&self, max_depth: usize) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        if self.nodes.is_empty() {
            return Ok(bytes);
        }
        let mut leads = alloc::vec![false; self.nodes.len()];
        // Places come after those that they are below.
        for place in (0..self.nodes.len()).rev() {
            let node = &self.nodes[place];
            leads[place] = node.kind == Kind::Fields && !node.below.is_empty()
                || node.below.iter().any(|below| leads[*below as usize]);
        }
        if leads[0] {
            let writing = Writing { drawing: self, leads, max_depth: max_depth * DEPTH_FACTOR };
            writing.write(0, false, 0, &mut bytes)?;
        }
        Ok(bytes)
    }
}

/// So many combinations are found by looking at each.
const FEW: usize = 8;

impl Node {
    fn find_combination(&self, fields: &[u32]) -> Option<usize> {
        if self.combinations.len() > FEW {
            return self.numbers.get(fields).copied();
        }
        self.combinations.iter().position(|known| **known == *fields)
    }

    #[cold]
    fn become_one(&mut self, kind: Kind) -> Result<(), EncodeError> {
        match (self.kind, kind) {
            (Kind::Dots | Kind::Values, Kind::Store) => {}
            (Kind::Nothing, _) | (Kind::Store, Kind::Dots | Kind::Values) => self.kind = kind,
            (before, _) => return Err(EncodeError::MixedKinds(before, kind)),
        }
        Ok(())
    }
}

struct Writing<'a> {
    drawing: &'a Drawing,
    /// Whether a place leads to a struct whose versions differ, or is one.
    leads: Vec<bool>,
    max_depth: usize,
}

impl Writing<'_> {
    fn write(
        &self,
        place: Place,
        is_inside: bool,
        depth: usize,
        bytes: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if depth > self.max_depth {
            return Err(EncodeError::TooDeep(self.max_depth / DEPTH_FACTOR));
        }
        let node = &self.drawing.nodes[place as usize];
        if !is_inside && !self.leads[place as usize] {
            bytes.push(Kind::Nothing.number());
            return Ok(());
        }
        let leads = |below: &Place| self.leads[*below as usize];
        let count = match (fixed(node.kind), node.kind) {
            (Some(count), _) => count,
            // Of a tuple on the way only up to the last part that leads on.
            (None, Kind::Tuple) if !is_inside => {
                node.below.iter().rposition(leads).map_or(0, |last| last + 1)
            }
            (None, _) => node.below.len(),
        };
        let few = if fixed(node.kind).is_some() { 0 } else { count.min(MANY) };
        bytes.push(node.kind.number() | (few as u8) << KIND_BITS);
        if few == MANY {
            varint::put(bytes, (count - MANY) as u64);
        }
        let is_inside = is_inside || node.kind == Kind::Fields;
        for number in 0..count {
            if let Some(name) = node.names.get(number) {
                varint::put(bytes, name.len() as u64);
                bytes.extend_from_slice(name.as_bytes());
            }
            match node.below.get(number) {
                Some(below) => self.write(*below, is_inside, depth + 1, bytes)?,
                None => bytes.push(Kind::Nothing.number()),
            }
        }
        Ok(())
    }
}
