use std::collections::{BTreeMap, BTreeSet};

use crate::faults::Faults;

/// Who is linked with whom, and over which links nothing comes through now. By index.
#[derive(Debug)]
pub(crate) struct Links {
    /// Pairs, the smaller index first.
    linked: BTreeSet<(usize, usize)>,
    /// Whether a newcomer is linked with everybody.
    open: bool,
    /// The part of each replica in a partitioned network; 0 if it was not named.
    parts: BTreeMap<usize, usize>,
    /// From whom nothing comes through to whom.
    cuts: BTreeSet<(usize, usize)>,
    /// What happens to messages from one to another, if not the same as elsewhere.
    faults: BTreeMap<(usize, usize), Faults>,
}

impl Links {
    /// A full mesh.
    pub(crate) fn open() -> Self {
        Self {
            linked: BTreeSet::new(),
            open: true,
            parts: BTreeMap::new(),
            cuts: BTreeSet::new(),
            faults: BTreeMap::new(),
        }
    }

    /// Links a newcomer, whose index is the next one.
    pub(crate) fn add(&mut self, index: usize) {
        if self.open {
            self.linked.extend((0..index).map(|other| (other, index)));
        }
    }

    pub(crate) fn set_open(&mut self, open: bool) {
        self.open = open;
    }

    /// Returns whether they were not linked.
    pub(crate) fn link(&mut self, a: usize, b: usize) -> bool {
        a != b && self.linked.insert((a.min(b), a.max(b)))
    }

    /// Returns whether they were linked.
    pub(crate) fn unlink(&mut self, a: usize, b: usize) -> bool {
        self.linked.remove(&(a.min(b), a.max(b)))
    }

    pub(crate) fn are_linked(&self, a: usize, b: usize) -> bool {
        self.linked.contains(&(a.min(b), a.max(b)))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, usize)> {
        self.linked.iter().copied()
    }

    pub(crate) fn partition(&mut self, parts: &[&[usize]]) {
        for (part, members) in (1..).zip(parts) {
            self.parts.extend(members.iter().map(|index| (*index, part)));
        }
    }

    pub(crate) fn cut(&mut self, from: &[usize], to: &[usize]) {
        self.cuts.extend(from.iter().flat_map(|from| to.iter().map(|to| (*from, *to))));
    }

    pub(crate) fn heal(&mut self) {
        self.parts.clear();
        self.cuts.clear();
    }

    /// Whether a message that is on its way now arrives.
    pub(crate) fn lets_through(&self, from: usize, to: usize) -> bool {
        let part = |index| self.parts.get(&index).unwrap_or(&0);
        self.are_linked(from, to) && part(from) == part(to) && !self.cuts.contains(&(from, to))
    }

    pub(crate) fn set_faults(&mut self, from: usize, to: usize, faults: Option<Faults>) {
        match faults {
            Some(faults) => self.faults.insert((from, to), faults),
            None => self.faults.remove(&(from, to)),
        };
    }

    pub(crate) fn faults(&self, from: usize, to: usize) -> Option<&Faults> {
        self.faults.get(&(from, to))
    }
}
