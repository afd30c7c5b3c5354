use rejoin_counters::{BoundedCounter, BoundedCounterCursor, SpendError};

use crate::oracle::{Effect, Live, Spec, Subject, id};
use crate::rng::Rng;

/// To whom rights are transferred, and whose rights are read.
const REPLICAS: usize = 3;

/// An operation on a counter that stays above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundedOp {
    /// Counts up.
    Up(u8),
    /// Counts down, if there are rights to.
    Down(u8),
    /// Gives rights to another replica, if there are as many.
    Give(usize, u8),
}

/// What these writes come to, without any bound.
#[must_use]
pub fn total(live: &[Live<'_, BoundedOp>]) -> i128 {
    let signed = live.iter().map(|write| match write.piece {
        BoundedOp::Up(by) => i128::from(*by),
        BoundedOp::Down(by) => -i128::from(*by),
        BoundedOp::Give(..) => 0,
    });
    signed.sum()
}

/// The rights of a replica, as far as these writes tell.
#[must_use]
pub fn rights(of: usize, live: &[Live<'_, BoundedOp>]) -> i128 {
    let signed = live.iter().map(|write| match *write.piece {
        BoundedOp::Give(to, by) if to == of => i128::from(by),
        BoundedOp::Up(by) if write.replica == of => i128::from(by),
        BoundedOp::Down(by) | BoundedOp::Give(_, by) if write.replica == of => -i128::from(by),
        _ => 0,
    });
    signed.sum()
}

/// Ups minus downs, and for each replica what it counted up and was given, minus what it counted
/// down and gave. A replica counts down and gives only what it has.
impl Spec for BoundedCounter {
    type Op = BoundedOp;
    type Piece = BoundedOp;
    type Value = (i128, Vec<u128>);

    fn op(rng: &mut Rng) -> BoundedOp {
        match rng.below(8) {
            0..3 => BoundedOp::Up(rng.small(5)),
            3..6 => BoundedOp::Down(rng.small(5)),
            _ => BoundedOp::Give(rng.below(REPLICAS), rng.small(4)),
        }
    }

    fn effect(op: &BoundedOp, replica: usize, live: &[Live<'_, BoundedOp>]) -> Effect<BoundedOp> {
        let may = |by: u8| by > 0 && i128::from(by) <= rights(replica, live);
        let does = match *op {
            BoundedOp::Up(by) => by > 0,
            BoundedOp::Down(by) => may(by),
            BoundedOp::Give(to, by) => to != replica && may(by),
        };
        Effect::write(does.then_some(*op))
    }

    fn carries(piece: &BoundedOp, earlier: &BoundedOp) -> bool {
        match (piece, earlier) {
            (BoundedOp::Give(to, _), BoundedOp::Give(other, _)) => to == other,
            (BoundedOp::Up(_), BoundedOp::Up(_)) | (BoundedOp::Down(_), BoundedOp::Down(_)) => true,
            _ => false,
        }
    }

    fn value(live: &[Live<'_, BoundedOp>]) -> (i128, Vec<u128>) {
        let rights = (0..REPLICAS).map(|replica| rights(replica, live).max(0).unsigned_abs());
        (total(live), rights.collect())
    }
}

impl Subject for BoundedCounter {
    type Real = Self;

    fn apply(cursor: &mut BoundedCounterCursor<'_>, op: &BoundedOp) {
        let (before, value) = (cursor.available(), cursor.value());
        match *op {
            BoundedOp::Up(by) => {
                assert!(cursor.increment(u64::from(by)).is_some());
            }
            BoundedOp::Down(by) => match cursor.decrement(u64::from(by)) {
                Ok(()) => assert_eq!(cursor.available(), before - u128::from(by)),
                Err(refusal) => assert_eq!(refusal, SpendError::Insufficient { available: before }),
            },
            BoundedOp::Give(to, by) => {
                if let Err(refusal) = cursor.transfer(id(to).node(), u64::from(by)) {
                    assert_eq!(refusal, SpendError::Insufficient { available: before });
                }
                assert_eq!(cursor.value(), value);
            }
        }
    }

    fn read(real: &Self) -> (i128, Vec<u128>) {
        (real.value(), (0..REPLICAS).map(|replica| real.available(id(replica).node())).collect())
    }
}
