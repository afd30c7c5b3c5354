//! Which edits are made: random ones from a seed, with carts that everybody edits at once.

use fastrand::Rng;

use crate::Options;
use crate::cart::{Action, Edit};
use crate::record::Record;

/// How many lines a cart has.
const LINES: u64 = 4;

/// How far back a coupon that is removed was added: recent ones meet concurrent edits.
const RECENT: usize = 2_000;

/// The source of edits.
#[derive(Debug)]
pub(crate) struct Plan {
    rng: Rng,
    carts: u64,
    numbers: u64,
}

impl Plan {
    pub(crate) fn new(options: &Options) -> Self {
        Self { rng: Rng::with_seed(options.seed), carts: options.carts, numbers: 0 }
    }

    /// A number that no other edit has.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The next edit.
    pub(crate) fn edit(&mut self, record: &Record) -> Edit {
        // The lower of two: the first carts are edited much more than the last ones.
        let cart = self.rng.u64(0..self.carts).min(self.rng.u64(0..self.carts));
        let line = self.rng.u64(0..LINES);
        let number = self.number();
        let (cart, action) = match self.rng.u32(0..1000) {
            0..300 => (cart, Action::AddCoupon),
            300..550 => (cart, Action::SetQuantity(line)),
            550..650 => (cart, Action::AddGift(line)),
            650..800 => (cart, Action::WriteNote),
            800..930 => match self.recent(record.coupons()) {
                Some((added, cart)) => (cart, Action::RemoveCoupon(added)),
                None => (cart, Action::AddCoupon),
            },
            930..990 => (cart, Action::RemoveLine(line)),
            _ => (cart, Action::RemoveCart),
        };
        Edit { number, cart, action }
    }

    fn recent(&mut self, coupons: &[(u64, u64)]) -> Option<(u64, u64)> {
        let recent = &coupons[coupons.len().saturating_sub(RECENT)..];
        (!recent.is_empty()).then(|| recent[self.rng.usize(0..recent.len())])
    }
}
