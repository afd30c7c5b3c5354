use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::iter::once;
use core::ops::RangeInclusive;

use hashbrown::{DefaultHashBuilder, HashTable};
use rejoin_clocks::{CausalContext, Dot, ReplicaId};
use smallvec::SmallVec;

use super::page::{Page, bits};
use super::table::with_room;

/// Where in a container every live dot is: dot → slot.
///
/// It makes a removal cost what it removes: the dots of a delta's context are looked up here,
/// instead of the container being walked for pieces that the context covers.
///
/// Dots lie in pages of 64 consecutive sequence numbers, so that whole states are compared 64 dots
/// at a time. A replica that writes many entries in a row mostly fills slots in a row too, and then
/// a page is two numbers.
#[derive(Debug, Default)]
pub(super) struct DotIndex {
    /// No page is empty. A single one, as a delta mostly has, needs no allocation.
    pages: SmallVec<[(PageId, Page); 1]>,
    /// The places of all pages, if there are more than a few.
    by_id: Option<Box<ById>>,
    /// Where the last change was: the next one is mostly there too.
    last: usize,
}

/// Up to so many pages are looked through one by one: the maps inside of maps are small, and many.
const FEW: usize = 8;

/// From pages to their places.
#[derive(Clone, Debug, Default)]
struct ById {
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// A replica, and the sequence number of the page's first dot divided by 64.
type PageId = (ReplicaId, u64);

const WIDTH: u64 = u64::BITS as u64;

/// The page of a dot, and its bit there.
fn locate(dot: Dot) -> (PageId, u32) {
    ((dot.replica(), dot.seq() / WIDTH), (dot.seq() % WIDTH) as u32)
}

impl DotIndex {
    /// The index of one dot.
    pub(super) fn of_dot(dot: Dot, slot: u32) -> Self {
        let (id, bit) = locate(dot);
        Self { pages: SmallVec::from_buf([(id, Page::new(bit, slot))]), by_id: None, last: 0 }
    }

    /// Sets the slot of a dot, and says whether the dot is new.
    #[inline]
    pub(super) fn insert(&mut self, dot: Dot, slot: u32) -> bool {
        let (id, bit) = locate(dot);
        if let Some((_, page)) = self.pages.get_mut(self.last).filter(|page| page.0 == id) {
            return page.insert(bit, slot);
        }
        if let Some(at) = self.find_to_change(id) {
            return self.pages[at].1.insert(bit, slot);
        }
        self.last = self.pages.len();
        self.pages.push((id, Page::new(bit, slot)));
        match self.last {
            0..FEW => {}
            FEW => (0..=FEW).for_each(|at| self.link(at)),
            at => self.link(at),
        }
        true
    }

    pub(super) fn remove(&mut self, dot: Dot) {
        let (id, bit) = locate(dot);
        let Some(at) = self.find_to_change(id) else { return };
        let page = &mut self.pages[at].1;
        page.remove(bit);
        if page.present == 0 {
            self.remove_page(at);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes out an empty page; the last one goes to its place.
    fn remove_page(&mut self, at: usize) {
        let moved = self.pages.len() - 1;
        if moved == FEW {
            self.by_id = None;
        } else if let Some(by_id) = &mut self.by_id {
            for place in [at, moved] {
                let hash = by_id.hasher.hash_one(self.pages[place].0);
                if let Ok(found) = by_id.places.find_entry(hash, |found| *found as usize == place) {
                    found.remove();
                }
            }
        }
        self.pages.swap_remove(at);
        if moved > FEW && at < moved {
            self.link(at);
        }
        if self.pages.len() * 4 < self.pages.capacity() && self.pages.capacity() > 4 * FEW {
            self.pages.grow(self.pages.len() * 2);
            let pages = &self.pages;
            if let Some(by_id) = &mut self.by_id {
                let ById { places, hasher } = &mut **by_id;
                places.shrink_to(pages.len() * 2, |at| hasher.hash_one(pages[*at as usize].0));
            }
        }
    }

    /// Enters the place of a page.
    fn link(&mut self, at: usize) {
        let pages = &self.pages;
        let ById { places, hasher } = &mut **self.by_id.get_or_insert_default();
        let hash = |at: &u32| hasher.hash_one(pages[*at as usize].0);
        // There are fewer pages than dots, and those fit into 32 bits as their slots do.
        places.insert_unique(hash(&(at as u32)), at as u32, hash);
    }

    fn find(&self, id: PageId) -> Option<usize> {
        if self.pages.get(self.last).is_some_and(|page| page.0 == id) {
            return Some(self.last);
        }
        let Some(by_id) = &self.by_id else {
            return self.pages.iter().position(|page| page.0 == id);
        };
        let is_it = |at: &u32| self.pages[*at as usize].0 == id;
        by_id.places.find(by_id.hasher.hash_one(id), is_it).map(|at| *at as usize)
    }

    fn find_to_change(&mut self, id: PageId) -> Option<usize> {
        if self.pages.get(self.last).is_some_and(|page| page.0 == id) {
            return Some(self.last);
        }
        let found = self.find(id)?;
        self.last = found;
        Some(found)
    }

    fn get(&self, id: PageId) -> Option<&Page> {
        Some(&self.pages[self.find(id)?].1)
    }

    /// How many dots there are. Computes in O(pages) time.
    pub(super) fn len(&self) -> usize {
        self.pages.iter().map(|(_, page)| page.present.count_ones() as usize).sum()
    }

    /// Every dot with its slot, in ascending order of dots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Dot, u32)> + '_ {
        let mut pages: Vec<&(PageId, Page)> = self.pages.iter().collect();
        pages.sort_unstable_by_key(|(id, _)| *id);
        pages.into_iter().flat_map(|(id, page)| {
            bits(page.present).filter_map(move |bit| Some((dot_at(*id, bit)?, page.slot(bit))))
        })
    }

    /// Calls `visit` with every page: the replica, the number of bit 0, and the bits.
    pub(super) fn windows(&self, visit: &mut dyn FnMut(ReplicaId, u64, u64)) {
        for ((replica, number), page) in &self.pages {
            visit(*replica, number * WIDTH, page.present);
        }
    }

    /// Calls `visit` with every dot here that `dots` contains and `except` does not have, and with
    /// its slot, in an unspecified order.
    ///
    /// Computes in O(min(pages here, pages in `dots`) · log runs + hits) time.
    pub(super) fn hits(
        &self,
        dots: &CausalContext,
        except: Option<&Self>,
        mut visit: impl FnMut(Dot, u32),
    ) {
        let mut look = |id: PageId, page: &Page, mask: u64| {
            let mut hits = page.present & mask;
            if let Some(except) = except.filter(|_| hits != 0) {
                hits &= !except.get(id).map_or(0, |other| other.present);
            }
            for bit in bits(hits) {
                if let Some(dot) = dot_at(id, bit) {
                    visit(dot, page.slot(bit));
                }
            }
        };
        let mut look_at = |replica, run: RangeInclusive<u64>| {
            let (first, last) = (*run.start(), *run.end());
            for number in first / WIDTH..=last / WIDTH {
                if let Some(page) = self.get((replica, number)) {
                    look((replica, number), page, within_page(number, first, last));
                }
            }
        };
        match dots.only_run() {
            Some((replica, run)) if self.is_wider(once(run.clone())) => look_at(replica, run),
            None if self.is_wider(dots.runs().map(|(_, run)| run)) => {
                dots.runs().for_each(|(replica, run)| look_at(replica, run));
            }
            _ => {
                for (id, page) in &self.pages {
                    look(*id, page, dots.window(id.0, id.1 * WIDTH));
                }
            }
        }
    }

    /// Calls `visit` with every dot here that is not in `seen`, and its slot, in an unspecified
    /// order. Computes in O(pages · log runs + hits) time.
    pub(super) fn unseen(&self, seen: &CausalContext, mut visit: impl FnMut(Dot, u32)) {
        for (id, page) in &self.pages {
            for bit in bits(page.present & !seen.window(id.0, id.1 * WIDTH)) {
                if let Some(dot) = dot_at(*id, bit) {
                    visit(dot, page.slot(bit));
                }
            }
        }
    }

    /// Whether there are more pages here than `runs` touch.
    fn is_wider(&self, mut runs: impl Iterator<Item = RangeInclusive<u64>>) -> bool {
        let mut left = self.pages.len() as u64;
        runs.all(|run| {
            left = left.saturating_sub(run.end() / WIDTH - run.start() / WIDTH + 1);
            left > 0
        })
    }
}

impl Clone for DotIndex {
    fn clone(&self) -> Self {
        let Self { pages, by_id, last } = self;
        Self { pages: with_room(pages), by_id: by_id.clone(), last: *last }
    }
}

fn dot_at((replica, number): PageId, bit: u32) -> Option<Dot> {
    Dot::new(replica, number * WIDTH + u64::from(bit))
}

/// The bits of page `number` that are in `first..=last`.
fn within_page(number: u64, first: u64, last: u64) -> u64 {
    let start = number * WIDTH;
    let low = u64::MAX << first.saturating_sub(start).min(WIDTH - 1);
    let high = u64::MAX >> (WIDTH - 1 - (last - start).min(WIDTH - 1));
    low & high
}
