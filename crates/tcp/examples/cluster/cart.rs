//! The replicated value: carts of lines, coupons and a note.

use rejoin_core::{Causal, DotStore};
use rejoin_maps::{OrMap, OrMapCursor};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

/// All carts. One causal context for all of them, so a digest of the shop is one version vector.
pub(crate) type Shop = Causal<OrMap<String, Cart>>;

/// A cart: a custom type, made of others by the derives.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Cart {
    lines: OrMap<String, Line>,
    coupons: AwSet<String>,
    note: MvRegister<String>,
}

/// A line of a cart.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub(crate) struct Line {
    quantity: MvRegister<u64>,
    gifts: AwSet<String>,
}

/// One edit: its number, its cart, and what is done.
///
/// What an edit adds carries the edit's number, so each added piece tells which edit made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) number: u64,
    pub(crate) cart: u64,
    pub(crate) action: Action,
}

/// What is done to a cart. A `u64` is a line, or the number of the edit that added a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    AddCoupon,
    RemoveCoupon(u64),
    SetQuantity(u64),
    AddGift(u64),
    WriteNote,
    RemoveLine(u64),
    RemoveCart,
}

impl Action {
    /// Whether the edit leaves a piece with its number.
    pub(crate) fn adds(self) -> bool {
        !matches!(self, Self::RemoveCoupon(_) | Self::RemoveLine(_) | Self::RemoveCart)
    }
}

impl Edit {
    /// Makes the edit, and returns the numbers of the pieces that it has seen and taken away: those
    /// that it overwrites or removes.
    pub(crate) fn apply(self, shop: &mut OrMapCursor<'_, String, Cart>) -> Vec<u64> {
        let number = self.number;
        let cart = cart_name(self.cart);
        let before = shop.get(&cart);
        let mut taken = Vec::new();
        match self.action {
            Action::AddCoupon => {
                shop.entry(cart).coupons().insert(coupon(number));
            }
            Action::RemoveCoupon(added) => {
                if shop.entry(cart).coupons().remove(&coupon(added)) {
                    taken.push(added);
                }
            }
            Action::SetQuantity(line) => {
                let line = line_name(line);
                if let Some(line) = before.and_then(|cart| cart.lines.get(&line)) {
                    taken.extend(line.quantity.values());
                }
                shop.entry(cart).lines().entry(line).quantity().set(number);
            }
            Action::AddGift(line) => {
                let gift = format!("wrapped as gift {number}");
                shop.entry(cart).lines().entry(line_name(line)).gifts().insert(gift);
            }
            Action::WriteNote => {
                if let Some(cart) = before {
                    taken.extend(cart.note.values().filter_map(|note| number_in(note)));
                }
                shop.entry(cart).note().set(format!("please ring twice, says note {number}"));
            }
            Action::RemoveLine(line) => {
                let line = line_name(line);
                if let Some(line) = before.and_then(|cart| cart.lines.get(&line)) {
                    line.pieces(&mut taken);
                }
                shop.entry(cart).lines().remove(&line);
            }
            Action::RemoveCart => {
                if let Some(cart) = before {
                    cart.pieces(&mut taken);
                }
                shop.remove(&cart);
            }
        }
        taken
    }
}

/// The numbers of all pieces in the shop: of all edits whose effect is still there.
pub(crate) fn pieces(shop: &Shop) -> Vec<u64> {
    let mut numbers = Vec::new();
    shop.values().for_each(|cart| cart.pieces(&mut numbers));
    numbers
}

impl Cart {
    fn pieces(&self, numbers: &mut Vec<u64>) {
        self.lines.values().for_each(|line| line.pieces(numbers));
        numbers.extend(self.coupons.iter().filter_map(|coupon| number_in(coupon)));
        numbers.extend(self.note.values().filter_map(|note| number_in(note)));
    }
}

impl Line {
    fn pieces(&self, numbers: &mut Vec<u64>) {
        numbers.extend(self.quantity.values());
        numbers.extend(self.gifts.iter().filter_map(|gift| number_in(gift)));
    }
}

fn cart_name(cart: u64) -> String {
    format!("cart:{cart}")
}

fn line_name(line: u64) -> String {
    format!("article {line}")
}

fn coupon(number: u64) -> String {
    format!("COUPON {number}")
}

/// The number at the end of a text.
fn number_in(text: &str) -> Option<u64> {
    text.rsplit(' ').next()?.parse().ok()
}
