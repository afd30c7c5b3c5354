use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use rejoin_clocks::{CausalContext, Dot, ReplicaId};

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
    /// No page is empty.
    pages: Vec<(PageId, Page)>,
    /// The places of all pages, if there are more than a few.
    by_id: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Where the last change was: the next one is mostly there too.
    last: usize,
}

/// Up to so many pages are looked through one by one: the maps inside of maps are small, and many.
const FEW: usize = 8;

/// A replica, and the sequence number of the page's first dot divided by 64.
type PageId = (ReplicaId, u64);

#[derive(Clone, Debug)]
struct Page {
    /// A bit for each live dot.
    present: u64,
    slots: Slots,
}

#[derive(Clone, Debug)]
enum Slots {
    /// The slot of a dot is this plus the dot's bit (modulo 2³²).
    Line(u32),
    /// The slots of the live dots, in ascending order of dots.
    List(Vec<u32>),
}

const WIDTH: u64 = u64::BITS as u64;

/// The page of a dot, and its bit there.
fn locate(dot: Dot) -> (PageId, u32) {
    ((dot.replica(), dot.seq() / WIDTH), (dot.seq() % WIDTH) as u32)
}

/// The numbers of the bits, in ascending order.
fn bits(mut bits: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        let bit = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(bit)
    })
}

impl Page {
    fn new(bit: u32, slot: u32) -> Self {
        Self { present: 1 << bit, slots: Slots::Line(slot.wrapping_sub(bit)) }
    }

    /// How many live dots are before `bit`.
    fn rank(&self, bit: u32) -> usize {
        (self.present & ((1 << bit) - 1)).count_ones() as usize
    }

    /// The slot of a bit that is present.
    fn slot(&self, bit: u32) -> u32 {
        match &self.slots {
            Slots::Line(base) => base.wrapping_add(bit),
            Slots::List(slots) => slots.get(self.rank(bit)).copied().unwrap_or(u32::MAX),
        }
    }

    /// Sets the slot of a bit, and says whether it is new.
    fn insert(&mut self, bit: u32, slot: u32) -> bool {
        let is_new = self.present & (1 << bit) == 0;
        if let Slots::Line(base) = self.slots {
            if base.wrapping_add(bit) == slot {
                self.present |= 1 << bit;
                return is_new;
            }
            let slots = bits(self.present).map(|bit| base.wrapping_add(bit));
            self.slots = Slots::List(slots.collect());
        }
        let at = self.rank(bit);
        self.present |= 1 << bit;
        if let Slots::List(slots) = &mut self.slots {
            if is_new {
                slots.insert(at, slot);
            } else {
                slots[at] = slot;
            }
        }
        is_new
    }

    fn remove(&mut self, bit: u32) {
        if self.present & (1 << bit) != 0 {
            let at = self.rank(bit);
            if let Slots::List(slots) = &mut self.slots {
                slots.remove(at);
            }
            self.present &= !(1 << bit);
        }
    }
}

impl DotIndex {
    /// Sets the slot of a dot, and says whether the dot is new.
    pub(super) fn insert(&mut self, dot: Dot, slot: u32) -> bool {
        let (id, bit) = locate(dot);
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
        for place in [at, moved] {
            let hash = self.hasher.hash_one(self.pages[place].0);
            if let Ok(found) = self.by_id.find_entry(hash, |found| *found as usize == place) {
                found.remove();
            }
        }
        self.pages.swap_remove(at);
        if moved == FEW {
            self.by_id = HashTable::new();
        } else if moved > FEW && at < moved {
            self.link(at);
        }
        if self.pages.len() * 4 < self.pages.capacity() && self.pages.capacity() > 4 * FEW {
            self.pages.shrink_to(self.pages.len() * 2);
            let (pages, hasher) = (&self.pages, &self.hasher);
            self.by_id.shrink_to(pages.len() * 2, |at| hasher.hash_one(pages[*at as usize].0));
        }
    }

    /// Enters the place of a page.
    fn link(&mut self, at: usize) {
        let (pages, hasher) = (&self.pages, &self.hasher);
        let hash = |at: &u32| hasher.hash_one(pages[*at as usize].0);
        // There are fewer pages than dots, and those fit into 32 bits as their slots do.
        self.by_id.insert_unique(hash(&(at as u32)), at as u32, hash);
    }

    fn find(&self, id: PageId) -> Option<usize> {
        if self.pages.len() <= FEW {
            return self.pages.iter().position(|page| page.0 == id);
        }
        let is_it = |at: &u32| self.pages[*at as usize].0 == id;
        self.by_id.find(self.hasher.hash_one(id), is_it).map(|at| *at as usize)
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
        if self.is_wider(dots) {
            for (replica, run) in dots.runs() {
                let (first, last) = (*run.start(), *run.end());
                for number in first / WIDTH..=last / WIDTH {
                    if let Some(page) = self.get((replica, number)) {
                        look((replica, number), page, within_page(number, first, last));
                    }
                }
            }
        } else {
            for (id, page) in &self.pages {
                look(*id, page, dots.window(id.0, id.1 * WIDTH));
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

    /// Whether there are more pages here than `dots` touches.
    fn is_wider(&self, dots: &CausalContext) -> bool {
        let mut left = self.pages.len() as u64;
        dots.runs().all(|(_, run)| {
            let pages = run.end() / WIDTH - run.start() / WIDTH + 1;
            left = left.saturating_sub(pages);
            left > 0
        })
    }
}

impl Clone for DotIndex {
    fn clone(&self) -> Self {
        let Self { pages, by_id, hasher, last } = self;
        Self { pages: with_room(pages), by_id: by_id.clone(), hasher: hasher.clone(), last: *last }
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
