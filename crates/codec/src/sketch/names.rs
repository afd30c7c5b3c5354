use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;

use hashbrown::HashMap;

/// So many names are found by looking at each.
const FEW: usize = 8;

/// The names of the fields or variants below a place.
pub(super) struct Names<S> {
    names: Vec<S>,
    /// Their numbers, if they are not few.
    numbers: HashMap<S, usize>,
}

impl<S> Default for Names<S> {
    fn default() -> Self {
        Self { names: Vec::new(), numbers: HashMap::new() }
    }
}

impl<S: Borrow<str> + Clone + Hash + Eq> Names<S> {
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if self.names.len() > FEW {
            return self.numbers.get(name).copied();
        }
        self.names.iter().position(|known| known.borrow() == name)
    }

    /// Adds a name that is not there.
    pub(super) fn push(&mut self, name: S) {
        self.names.push(name);
        let new = if self.numbers.is_empty() { 0 } else { self.names.len() - 1 };
        if self.names.len() > FEW {
            let new = self.names.iter().enumerate().skip(new);
            self.numbers.extend(new.map(|(number, name)| (name.clone(), number)));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn get(&self, number: usize) -> Option<&S> {
        self.names.get(number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &S> {
        self.names.iter()
    }
}
