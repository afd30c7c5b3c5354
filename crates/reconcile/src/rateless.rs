//! Rateless invertible Bloom lookup tables: a stream of symbols that can be decoded as soon as
//! there are about 1.4 of them for each difference, however many those are.
//!
//! Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM 2024.
//!
//! Sessions do not use it: sketches take fewer bytes at any number of differences (decision 0011).
//! It needs no estimate and no answers, though, and one stream serves any number of receivers whose
//! sets differ from the sender's in different ways.

mod mapping;
mod wire;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::mix::mix;
use mapping::Mapping;
pub use wire::{SymbolReader, SymbolWriter};

/// The sum of the ids that are mapped to one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    pub(crate) sum: u64,
    pub(crate) check: u32,
    pub(crate) count: i64,
}

/// The checksum of an id.
const fn check(id: u64) -> u32 {
    mix(id ^ 0x5be0_cd19_137e_2179) as u32
}

impl Symbol {
    fn add(&mut self, id: u64, check: u32, weight: i64) {
        self.sum ^= id;
        self.check ^= check;
        self.count = self.count.wrapping_add(weight);
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The stream of symbols of a set.
///
/// Making the next symbols takes O(1) time for each id in them: all in the first, and 2/i of them
/// in the i-th. Room is 24 bytes an id.
///
/// ```
/// use rejoin_reconcile::rateless::{Decoder, Encoder};
///
/// let ids = |range: std::ops::Range<u64>| range.map(|at| at.wrapping_mul(0x9E37_79B9_7F4A_7C15));
/// let mut sender = Encoder::new(ids(0..1_000));
/// let mut receiver = Decoder::new(ids(3..1_002));
/// while !receiver.is_complete() {
///     receiver.push(sender.next_symbol());
/// }
/// let (missing, extra) = receiver.into_difference();
/// assert_eq!((missing.len(), extra.len()), (3, 2));
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    /// The ids with the place that each is in next.
    ids: Vec<(u64, u64, Mapping)>,
    /// Symbols that were made and not yet handed out, last first.
    ready: Vec<Symbol>,
    /// The place of the first symbol that was not made.
    place: u64,
    checksum: fn(u64) -> u32,
}

impl Encoder {
    /// The stream of the set of `ids`, which are different keyed hashes.
    pub fn new(ids: impl IntoIterator<Item = u64>) -> Self {
        let ids = ids.into_iter().map(|id| (0, id, Mapping::new(id))).collect();
        Self { ids, ready: Vec::new(), place: 0, checksum: check }
    }

    /// The next symbol.
    pub fn next_symbol(&mut self) -> Symbol {
        if self.ready.is_empty() {
            self.make();
        }
        self.ready.pop().unwrap_or_default()
    }

    /// Makes half as many symbols as there were, so that ids are not looked at too often.
    fn make(&mut self) {
        let many = (self.place / 2).clamp(16, 1 << 16) as usize;
        self.ready.resize(many, Symbol::default());
        let to = self.place + many as u64;
        for (at, id, mapping) in &mut self.ids {
            while *at < to {
                self.ready[(to - 1 - *at) as usize].add(*id, (self.checksum)(*id), 1);
                *at = mapping.after(*at);
            }
        }
        self.place = to;
    }
}

/// Finds the difference of a set and of that of which it receives the symbols.
///
/// Takes 24 bytes a symbol and an id; at most `limit` symbols are looked at. That it is complete is
/// wrong once in 2⁹⁶ times. A symbol is taken for an id that it is not once in 2³² times that its
/// count looks like one id's; then it is never complete.
#[derive(Clone, Debug)]
pub struct Decoder {
    own: Encoder,
    /// Ids that were found, with the next symbol to take each out of and its weight there.
    found: BinaryHeap<Reverse<(u64, u64, i64, Mapping)>>,
    symbols: Vec<Symbol>,
    there: Vec<u64>,
    here: Vec<u64>,
    limit: usize,
}

impl Decoder {
    /// Begins with the set of `ids` here.
    pub fn new(ids: impl IntoIterator<Item = u64>) -> Self {
        Self {
            own: Encoder::new(ids),
            found: BinaryHeap::new(),
            symbols: Vec::new(),
            there: Vec::new(),
            here: Vec::new(),
            limit: 1 << 24,
        }
    }

    /// Ignores symbols after the first `limit`; 2²⁴ if not set.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Takes the next symbol of the other set.
    pub fn push(&mut self, mut symbol: Symbol) {
        if self.symbols.len() >= self.limit {
            return;
        }
        let place = self.symbols.len() as u64;
        let own = self.own.next_symbol();
        symbol.add(own.sum, own.check, own.count.wrapping_neg());
        while let Some(mut first) = self.found.peek_mut() {
            let Reverse((at, id, weight, mapping)) = &mut *first;
            if *at != place {
                break;
            }
            symbol.add(*id, (self.own.checksum)(*id), *weight);
            *at = mapping.after(place);
        }
        self.symbols.push(symbol);
        self.peel(place as usize);
    }

    /// Takes ids out of symbols as long as some symbol holds only one.
    fn peel(&mut self, place: usize) {
        let mut changed = vec![place];
        while let Some(place) = changed.pop() {
            let symbol = self.symbols[place];
            let id = symbol.sum;
            if symbol.count.unsigned_abs() != 1 || (self.own.checksum)(id) != symbol.check {
                continue;
            }
            // Hostile symbols could have the same id found for ever.
            if self.there.len() + self.here.len() >= self.symbols.len() {
                return;
            }
            if symbol.count == 1 { &mut self.there } else { &mut self.here }.push(id);
            let weight = -symbol.count;
            let (mut at, mut mapping) = (0, Mapping::new(id));
            while let Some(symbol) = self.symbols.get_mut(at as usize) {
                symbol.add(id, (self.own.checksum)(id), weight);
                changed.push(at as usize);
                at = mapping.after(at);
            }
            self.found.push(Reverse((at, id, weight, mapping)));
        }
    }

    /// Whether all differences were found.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        // All ids are mapped to the first symbol.
        self.symbols.first().is_some_and(Symbol::is_empty)
    }

    /// How many symbols were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.symbols.len()
    }

    /// The ids that are only in the other set, and those that are only here.
    #[must_use]
    pub fn into_difference(self) -> (Vec<u64>, Vec<u64>) {
        (self.there, self.here)
    }
}

#[cfg(test)]
mod tests;
