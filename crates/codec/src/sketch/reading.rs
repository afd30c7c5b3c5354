use alloc::boxed::Box;
use alloc::vec::Vec;

use rejoin_core::wire::Kind;

use super::names::Names;
use super::{DEPTH_FACTOR, KIND_BITS, MANY, NOWHERE, Place, fixed};
use crate::columns::{MAX_NAME, is_unique};
use crate::{Reason, varint};

/// A sketch that data is compared with while it is read, so that there is one for each value.
#[derive(Default)]
pub(crate) struct Reading<'de> {
    nodes: Vec<Node<'de>>,
}

struct Node<'de> {
    kind: Kind,
    /// Whether it is in a struct whose versions differ.
    is_inside: bool,
    /// Whether something has come to it.
    is_seen: bool,
    names: Names<&'de str>,
    below: Vec<Place>,
    /// Of fields that instances of a struct have, by their numbers.
    combinations: Vec<Box<[u32]>>,
    /// How many names were used: new ones are used in order.
    used: usize,
    /// The places of the fields among those of the type that reads, with the address of these.
    own: Vec<Option<u64>>,
    own_fields: usize,
}

/// The next field of a struct.
pub(crate) struct NextField<'de> {
    pub(crate) name: &'de str,
    /// Its place among the fields of the type that reads.
    pub(crate) own: Option<u64>,
    pub(crate) place: Place,
}

impl<'de> Reading<'de> {
    pub(crate) fn new(mut bytes: &'de [u8], max_depth: usize) -> Result<Self, Reason> {
        let mut reading = Self::default();
        if bytes.is_empty() {
            return Ok(reading);
        }
        let depth = max_depth * DEPTH_FACTOR + 1; // that of the root is 0
        let (_, leads) = reading.read(&mut bytes, false, depth)?;
        if leads && bytes.is_empty() { Ok(reading) } else { Err(Reason::Sketch) }
    }

    /// The place of the whole value.
    pub(crate) fn root(&self) -> Place {
        if self.nodes.is_empty() { NOWHERE } else { 0 }
    }

    /// Reads a place, and whether it leads to a struct whose versions differ.
    fn read(
        &mut self,
        bytes: &mut &'de [u8],
        is_inside: bool,
        depth: usize,
    ) -> Result<(Place, bool), Reason> {
        let depth = depth.checked_sub(1).ok_or(Reason::Sketch)?;
        let (&first, rest) = bytes.split_first().ok_or(Reason::Truncated)?;
        *bytes = rest;
        let kind = usize::from(first & ((1 << KIND_BITS) - 1));
        let kind = *Kind::ALL.get(kind).ok_or(Reason::Sketch)?;
        let few = usize::from(first >> KIND_BITS);
        let count = match fixed(kind) {
            Some(count) if few == 0 => count,
            Some(_) => return Err(Reason::Sketch),
            None if few == MANY => {
                let more = varint::take(bytes)?;
                let count = usize::try_from(more).ok().and_then(|more| more.checked_add(MANY));
                count.ok_or(Reason::Sketch)?
            }
            None => few,
        };
        if count > bytes.len() {
            return Err(Reason::Truncated);
        }
        if kind == Kind::Nothing && !is_inside {
            return Ok((NOWHERE, false));
        }
        let place = self.nodes.len();
        self.nodes.push(Node::new(kind, is_inside));
        let is_named = matches!(kind, Kind::Fields | Kind::Variants);
        let mut leads = kind == Kind::Fields && count > 0;
        let mut last_leads = true;
        for _ in 0..count {
            if is_named {
                let name = take_name(bytes)?;
                let names = &mut self.nodes[place].names;
                if names.find(name).is_some() {
                    return Err(Reason::Sketch);
                }
                names.push(name);
            }
            let (below, leads_on) = self.read(bytes, is_inside || kind == Kind::Fields, depth)?;
            self.nodes[place].below.push(below);
            last_leads = leads_on;
            leads |= leads_on;
        }
        if !is_inside && (!leads || kind == Kind::Tuple && !last_leads) {
            return Err(Reason::Sketch);
        }
        Ok((place as Place, leads))
    }

    /// Compares what came to a place.
    #[inline]
    pub(crate) fn expect(&mut self, place: Place, kind: Kind) -> Result<(), Reason> {
        match self.nodes.get_mut(place as usize) {
            None => Ok(()),
            Some(node) if node.kind == kind => {
                node.is_seen = true;
                Ok(())
            }
            Some(node) => match (node.kind, kind) {
                (Kind::Dots | Kind::Values, Kind::Store) => Ok(()), // seen with an element
                _ => Err(Reason::Kind { found: node.kind, expected: kind }),
            },
        }
    }

    /// What is at a place.
    pub(crate) fn kind(&self, place: Place) -> Option<Kind> {
        self.nodes.get(place as usize).map(|node| node.kind)
    }

    /// How many places are below another.
    pub(crate) fn count(&self, place: Place) -> usize {
        self.nodes.get(place as usize).map_or(0, |node| node.below.len())
    }

    /// The place below another that has this number.
    #[inline]
    pub(crate) fn below(&self, place: Place, number: usize) -> Result<Place, Reason> {
        let Some(node) = self.nodes.get(place as usize) else { return Ok(NOWHERE) };
        match node.below.get(number) {
            Some(below) => Ok(*below),
            None if node.is_inside => Err(Reason::Sketch),
            None => Ok(NOWHERE),
        }
    }

    /// The place below another that has this name.
    pub(crate) fn named(&mut self, place: Place, name: &str) -> Result<Place, Reason> {
        let Some(node) = self.nodes.get_mut(place as usize) else { return Ok(NOWHERE) };
        let number = node.names.find(name).ok_or(Reason::Sketch)?;
        node.use_name(number)?;
        Ok(node.below[number])
    }

    /// Enters a struct for a type that has `fields`, and says how many combinations of fields there
    /// have been.
    #[inline]
    pub(crate) fn enter(
        &mut self,
        place: Place,
        fields: &'static [&'static str],
    ) -> Result<u64, Reason> {
        self.expect(place, Kind::Fields)?;
        let Some(node) = self.nodes.get_mut(place as usize) else { return Ok(0) };
        if node.own_fields != fields.as_ptr().addr() {
            node.own_fields = fields.as_ptr().addr();
            let own = |name| fields.binary_search(name).ok().map(|at| at as u64);
            node.own = node.names.iter().map(own).collect();
        }
        Ok(node.combinations.len() as u64)
    }

    /// Notes a new combination of the fields of a struct.
    pub(crate) fn combine(&mut self, place: Place, fields: Box<[u32]>) -> Result<(), Reason> {
        let node = self.nodes.get_mut(place as usize).filter(|_| !fields.is_empty());
        let node = node.ok_or(Reason::Sketch)?;
        if !is_unique(fields.iter()) {
            return Err(Reason::Sketch);
        }
        for field in &fields {
            node.use_name(*field as usize)?;
        }
        node.combinations.push(fields);
        Ok(())
    }

    /// The field of a struct that is at a place of one of its combinations.
    #[inline]
    pub(crate) fn field(
        &self,
        place: Place,
        combination: Option<usize>,
        at: usize,
    ) -> Option<NextField<'de>> {
        let node = self.nodes.get(place as usize)?;
        let number = *node.combinations.get(combination?)?.get(at)? as usize;
        let (name, own) = (*node.names.get(number)?, *node.own.get(number)?);
        Some(NextField { name, own, place: *node.below.get(number)? })
    }

    /// Checks that nothing is there that did not come.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        let is_used = |node: &Node<'_>| {
            (node.is_seen || node.kind == Kind::Nothing)
                && node.used == node.names.len()
                && is_unique(node.combinations.iter())
        };
        if self.nodes.iter().all(is_used) { Ok(()) } else { Err(Reason::Sketch) }
    }
}

impl<'de> Node<'de> {
    fn new(kind: Kind, is_inside: bool) -> Self {
        Self {
            kind,
            is_inside,
            is_seen: false,
            names: Names::default(),
            below: Vec::new(),
            combinations: Vec::new(),
            used: 0,
            own: Vec::new(),
            own_fields: 0,
        }
    }

    fn use_name(&mut self, number: usize) -> Result<(), Reason> {
        if number > self.used || number >= self.names.len() {
            return Err(Reason::Sketch);
        }
        self.used = self.used.max(number + 1);
        Ok(())
    }
}

fn take_name<'de>(bytes: &mut &'de [u8]) -> Result<&'de str, Reason> {
    let length = usize::try_from(varint::take(bytes)?).ok().filter(|length| *length <= MAX_NAME);
    let (name, rest) =
        length.and_then(|length| bytes.split_at_checked(length)).ok_or(Reason::Sketch)?;
    *bytes = rest;
    core::str::from_utf8(name).map_err(|_| Reason::Text)
}
