use alloc::vec::Vec;

use rejoin_core::wire::Kind;

use super::{DEPTH_FACTOR, KIND_BITS, MANY, MAX_FIELDS, NOWHERE, Place, fixed};
use crate::columns::MAX_NAME;
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
    names: Vec<&'de str>,
    below: Vec<Place>,
    /// The numbers of the fields, in the order of their names.
    by_name: Vec<u8>,
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
        let (_, leads) = reading.read(&mut bytes, false, max_depth * DEPTH_FACTOR)?;
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
                if self.nodes[place].names.contains(&name) {
                    return Err(Reason::Sketch);
                }
                self.nodes[place].names.push(name);
            }
            let (below, leads_on) = self.read(bytes, is_inside || kind == Kind::Fields, depth)?;
            self.nodes[place].below.push(below);
            last_leads = leads_on;
            leads |= leads_on;
        }
        if !is_inside && (!leads || kind == Kind::Tuple && !last_leads) {
            return Err(Reason::Sketch);
        }
        if kind == Kind::Fields {
            self.nodes[place].sort()?;
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
        let number = node.names.iter().position(|known| *known == name);
        let number = number.ok_or(Reason::Sketch)?;
        node.use_name(number)?;
        Ok(node.below[number])
    }

    /// Enters a struct in which these fields have content, for a type that has `fields`.
    pub(crate) fn enter(
        &mut self,
        place: Place,
        content: u64,
        fields: &'static [&'static str],
    ) -> Result<(), Reason> {
        self.expect(place, Kind::Fields)?;
        let Some(node) = self.nodes.get_mut(place as usize) else {
            return if content == 0 { Ok(()) } else { Err(Reason::Sketch) };
        };
        let known = u64::MAX.checked_shr(64 - node.names.len() as u32).unwrap_or(0);
        if content & !known != 0 {
            return Err(Reason::Sketch);
        }
        if node.own_fields != fields.as_ptr().addr() {
            node.own_fields = fields.as_ptr().addr();
            let own = |name| fields.binary_search(name).ok().map(|at| at as u64);
            node.own = node.names.iter().map(own).collect();
        }
        if node.used < node.names.len() {
            for at in 0..node.by_name.len() {
                let number = usize::from(node.by_name[at]);
                if content >> number & 1 == 1 {
                    node.use_name(number)?;
                }
            }
        }
        Ok(())
    }

    /// The next field that has content, of those from this place in the order of names on, which
    /// it moves on.
    #[inline]
    pub(crate) fn next_field(
        &self,
        place: Place,
        content: u64,
        at: &mut usize,
    ) -> Option<NextField<'de>> {
        let node = self.nodes.get(place as usize)?;
        loop {
            let number = usize::from(*node.by_name.get(*at)?);
            *at += 1;
            if content >> number & 1 == 1 {
                let (name, own, place) = (node.names[number], node.own[number], node.below[number]);
                return Some(NextField { name, own, place });
            }
        }
    }

    /// Checks that nothing is there that did not come.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        let is_used = |node: &Node<'_>| {
            (node.is_seen || node.kind == Kind::Nothing) && node.used == node.names.len()
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
            names: Vec::new(),
            below: Vec::new(),
            by_name: Vec::new(),
            used: 0,
            own: Vec::new(),
            own_fields: 0,
        }
    }

    fn sort(&mut self) -> Result<(), Reason> {
        if self.names.len() > MAX_FIELDS {
            return Err(Reason::Sketch);
        }
        self.by_name = (0..self.names.len() as u8).collect();
        self.by_name.sort_unstable_by_key(|number| self.names[usize::from(*number)]);
        Ok(())
    }

    fn use_name(&mut self, number: usize) -> Result<(), Reason> {
        if number > self.used {
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
