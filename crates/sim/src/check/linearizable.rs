use core::fmt;
use std::collections::{BTreeMap, HashMap};

use rejoin_core::{CausalContext, Dot};
use rejoin_store::Time;

use super::operation::{Action, Operation};

/// Finds out whether one order of all operations explains what was seen: for each key, each
/// operation takes effect at one moment between its start and its end, and a read sees exactly the
/// writes before it.
///
/// To be asked of the strong operations of a history, with times of one clock. Reads of everything
/// are left out, as are reads that never returned, and dots that were not written in this history.
///
/// It is exact, for objects whose writes add to each other, as those of a lattice do: that reads
/// see more and more of one chain, and that no operation is before another in this chain and after
/// it in time, is all that it takes.
///
/// Computes in O(n log n) time, and O(n) operations on contexts.
///
/// # Errors
///
/// When there is no such order: with two operations that show it.
pub fn linearizable<K: Ord>(history: &[Operation<K>]) -> Result<(), NotLinearizable> {
    let mut objects: BTreeMap<&K, Object<'_>> = BTreeMap::new();
    for (index, operation) in history.iter().enumerate() {
        let (invoked, returned) = (operation.invoked, operation.returned);
        match &operation.action {
            Action::Write { key, dots } => {
                let write = Write { index, dots, invoked, returned };
                objects.entry(key).or_default().writes.push(write);
            }
            Action::Read { key: Some(key), seen } => {
                let Some(returned) = returned else { continue };
                let read = Read { index, seen: seen.clone(), invoked, returned };
                objects.entry(key).or_default().reads.push(read);
            }
            Action::Read { key: None, .. } => {}
        }
    }
    objects.into_values().try_for_each(Object::check)
}

/// Two operations for which there is no order, by their places in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotLinearizable {
    /// Of these two reads, each has seen a write that the other has not.
    Incomparable(usize, usize),
    /// This read has seen a part of this write.
    Torn {
        /// The read.
        read: usize,
        /// The write.
        write: usize,
    },
    /// The first had ended when the second began, and yet somebody has seen the second without the
    /// first, or the first has seen the second.
    Reversed(usize, usize),
}

impl fmt::Display for NotLinearizable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomparable(a, b) => {
                write!(f, "reads {a} and {b} have each seen what the other has not")
            }
            Self::Torn { read, write } => write!(f, "read {read} has seen a part of write {write}"),
            Self::Reversed(first, second) => {
                write!(f, "operation {second} began after {first} had ended, and is before it")
            }
        }
    }
}

impl core::error::Error for NotLinearizable {}

/// The operations on one key.
#[derive(Default)]
struct Object<'a> {
    writes: Vec<Write<'a>>,
    reads: Vec<Read>,
}

struct Write<'a> {
    index: usize,
    dots: &'a CausalContext,
    invoked: Time,
    returned: Option<Time>,
}

struct Read {
    index: usize,
    seen: CausalContext,
    invoked: Time,
    returned: Time,
}

/// Where an operation stands in the order that the reads tell of. A write that a class of equal
/// reads is the first to see stands right before it.
type Place = usize;

impl Object<'_> {
    fn check(mut self) -> Result<(), NotLinearizable> {
        let mut known = CausalContext::new();
        self.writes.iter().for_each(|write| {
            known.join(write.dots);
        });
        for read in &mut self.reads {
            read.seen = read.seen.intersection(&known);
        }
        self.reads.sort_by_key(|read| read.seen.len());

        let places = self.places()?;
        let mut moments: Vec<(Time, bool, Place, usize)> = Vec::new();
        for (index, invoked, returned, place) in places {
            moments.push((invoked, false, place, index));
            // What ends at the moment in which another begins is at the same time.
            moments.extend(returned.map(|returned| (returned, true, place, index)));
        }
        moments.sort_unstable();
        let mut latest = None; // of those that have ended
        for (_, has_ended, place, index) in moments {
            match latest {
                Some((after, first)) if !has_ended && place < after => {
                    return Err(NotLinearizable::Reversed(first, index));
                }
                _ if has_ended => latest = latest.max(Some((place, index))),
                _ => {}
            }
        }
        Ok(())
    }

    /// The places of all operations in the order that the reads, which are sorted, tell of.
    #[allow(clippy::type_complexity, reason = "used once, right above")]
    fn places(&self) -> Result<Vec<(usize, Time, Option<Time>, Place)>, NotLinearizable> {
        let mut place_of = vec![Place::MAX; self.writes.len()];
        let dots = self.writes.iter().enumerate();
        let write_of: HashMap<Dot, usize> =
            dots.flat_map(|(at, write)| all_dots(write.dots).map(move |dot| (dot, at))).collect();
        let mut places = Vec::new();
        let mut before: Option<&Read> = None;
        let mut class = 0;
        for read in &self.reads {
            let bottom = CausalContext::new();
            let last = before.map_or(&bottom, |before| &before.seen);
            if !read.seen.is_superset(last) {
                let other = before.map_or(read.index, |before| before.index);
                return Err(NotLinearizable::Incomparable(other, read.index));
            }
            let news = read.seen.difference(last);
            class += usize::from(!news.is_empty());
            for write in all_dots(&news).filter_map(|dot| write_of.get(&dot)) {
                if !read.seen.is_superset(self.writes[*write].dots) {
                    let write = self.writes[*write].index;
                    return Err(NotLinearizable::Torn { read: read.index, write });
                }
                place_of[*write] = 2 * class;
            }
            places.push((read.index, read.invoked, Some(read.returned), 2 * class + 1));
            before = Some(read);
        }
        let writes = self.writes.iter().zip(place_of);
        places.extend(writes.map(|(w, place)| (w.index, w.invoked, w.returned, place)));
        Ok(places)
    }
}

pub(super) fn all_dots(context: &CausalContext) -> impl Iterator<Item = Dot> {
    let runs = context.runs().flat_map(|(id, seqs)| seqs.map(move |seq| (id, seq)));
    runs.filter_map(|(id, seq)| Dot::new(id, seq))
}
