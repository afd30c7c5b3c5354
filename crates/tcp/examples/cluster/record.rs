//! What the parent knows by itself: which edits were acknowledged, and so what must be there.

use std::collections::{HashMap, HashSet};

use crate::cart::{Action, Edit};

/// The parent's own record of all edits.
///
/// Each piece in the shop carries the number of the edit that added it, and each acknowledgement
/// tells the pieces that the edit had seen and took away. An edit takes away nothing that it has
/// not seen, so what must be there in the end is simple: **all pieces that acknowledged edits
/// added, less all that acknowledged edits took away**, at every replica.
///
/// Only edits that a killed process had not acknowledged are open: theirs may be there or not, and
/// what they were about to overwrite or remove may be gone.
#[derive(Debug, Default)]
pub(crate) struct Record {
    acknowledged: HashMap<u64, Edit>,
    taken: HashSet<u64>,
    open: HashMap<u64, Edit>,
    /// The number and cart of each coupon that was added.
    coupons: Vec<(u64, u64)>,
}

impl Record {
    /// An edit was acknowledged, and took these pieces away.
    pub(crate) fn acknowledge(&mut self, edit: Edit, taken: Vec<u64>) {
        if edit.action == Action::AddCoupon {
            self.coupons.push((edit.number, edit.cart));
        }
        self.acknowledged.insert(edit.number, edit);
        self.taken.extend(taken);
    }

    /// An edit was never answered, because its process was killed.
    pub(crate) fn leave_open(&mut self, edit: Edit) {
        self.open.insert(edit.number, edit);
    }

    /// The number and cart of each coupon that was added, in order.
    pub(crate) fn coupons(&self) -> &[(u64, u64)] {
        &self.coupons
    }

    /// How many edits were acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.len() as u64
    }

    /// How many of them removed or overwrote something.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.len() as u64
    }

    /// How many edits are open.
    pub(crate) fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// Compares the pieces of one replica with the record, and returns what is wrong.
    pub(crate) fn check(&self, pieces: &[u64]) -> Vec<String> {
        let mut wrong = Vec::new();
        let present: HashSet<u64> = pieces.iter().copied().collect();
        if present.len() != pieces.len() {
            wrong.push(format!("{} pieces are there twice", pieces.len() - present.len()));
        }
        for (number, edit) in &self.acknowledged {
            let must_be_there = edit.action.adds() && !self.taken.contains(number);
            if must_be_there && !present.contains(number) && !self.may_be_taken(edit) {
                wrong.push(format!("acknowledged, but missing: {edit:?}"));
            }
        }
        for number in &present {
            if self.taken.contains(number) {
                wrong.push(format!("removed or overwritten, but back: edit {number}"));
            } else if !self.acknowledged.contains_key(number) && !self.open.contains_key(number) {
                wrong.push(format!("there, but never made: edit {number}"));
            }
        }
        wrong.sort();
        wrong
    }

    /// Whether an open edit may have taken away what this edit added.
    fn may_be_taken(&self, edit: &Edit) -> bool {
        let reaches = |open: &Edit| match (open.action, edit.action) {
            (Action::RemoveCart, _) => true,
            (Action::RemoveCoupon(added), _) => added == edit.number,
            (Action::WriteNote, Action::WriteNote) => true,
            (Action::SetQuantity(open), Action::SetQuantity(line))
            | (Action::RemoveLine(open), Action::SetQuantity(line) | Action::AddGift(line)) => {
                open == line
            }
            _ => false,
        };
        self.open.values().any(|open| open.cart == edit.cart && reaches(open))
    }
}
