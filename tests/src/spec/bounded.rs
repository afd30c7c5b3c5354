use std::collections::BTreeMap;

use rejoin_core::ReplicaId;
use rejoin_counters::{BoundedCounter, BoundedCounterCursor, SpendError};

use super::Plain;
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
                if let Err(refusal) = cursor.transfer(id(to), u64::from(by)) {
                    assert_eq!(refusal, SpendError::Insufficient { available: before });
                }
                assert_eq!(cursor.value(), value);
            }
        }
    }

    fn read(real: &Self) -> (i128, Vec<u128>) {
        (real.value(), (0..REPLICAS).map(|replica| real.available(id(replica))).collect())
    }
}

/// What each has given to whom, and (to nobody) what it has counted down.
impl Plain for BoundedCounter {
    type Meaning = BTreeMap<(usize, Option<usize>), u64>;

    fn any(rng: &mut Rng) -> Self::Meaning {
        let entry = |rng: &mut Rng| {
            let to = (!rng.once_in(3)).then(|| rng.below(REPLICAS));
            ((rng.below(REPLICAS), to), 1 + rng.any() % 4)
        };
        (0..rng.below(3)).map(|_| entry(rng)).collect()
    }

    fn delta(op: &BoundedOp, replica: usize, now: &Self::Meaning) -> Self::Meaning {
        let entry = |to| now.get(&(replica, to)).copied().unwrap_or(0);
        let available: i128 = now
            .iter()
            .map(|((from, to), count)| match to {
                Some(to) if *to == replica => i128::from(*count),
                _ if *from == replica => -i128::from(*count),
                _ => 0,
            })
            .sum();
        let (to, by) = match *op {
            BoundedOp::Up(by) => (Some(replica), by),
            BoundedOp::Down(by) => (None, by),
            BoundedOp::Give(to, by) => (Some(to), by),
        };
        let does = match op {
            BoundedOp::Up(_) => by > 0,
            BoundedOp::Down(_) => by > 0 && i128::from(by) <= available,
            BoundedOp::Give(to, _) => *to != replica && by > 0 && i128::from(by) <= available,
        };
        does.then(|| ((replica, to), entry(to) + u64::from(by))).into_iter().collect()
    }

    fn join(a: &Self::Meaning, b: &Self::Meaning) -> Self::Meaning {
        let mut joined = a.clone();
        for (entry, count) in b {
            let mine = joined.entry(*entry).or_default();
            *mine = *count.max(mine);
        }
        joined
    }

    /// Through the encoding: no operation makes any entry alone.
    fn lift(meaning: &Self::Meaning) -> Self {
        let rights = meaning.iter().filter_map(|((from, to), count)| Some((from, (*to)?, count)));
        let rights = rights.map(|(from, to, count)| (id(*from), id(to), *count));
        let spent = meaning.iter().filter(|((_, to), _)| to.is_none());
        let spent = spent.map(|((from, _), count)| (id(*from), *count));
        let entries: Entries = (rights.collect(), spent.collect());
        let bytes = postcard::to_stdvec(&entries).expect("is encoded");
        postcard::from_bytes(&bytes).expect("is decoded")
    }

    fn meaning(&self) -> Self::Meaning {
        let bytes = postcard::to_stdvec(self).expect("is encoded");
        let (rights, spent): Entries = postcard::from_bytes(&bytes).expect("is decoded");
        let index = |replica| (0..64).find(|at| id(*at) == replica).expect("one of the tests");
        let rights =
            rights.into_iter().map(|(from, to, count)| ((index(from), Some(index(to))), count));
        let spent = spent.into_iter().map(|(replica, count)| ((index(replica), None), count));
        rights.chain(spent).collect()
    }
}

/// How the counter is encoded.
type Entries = (Vec<(ReplicaId, ReplicaId, u64)>, Vec<(ReplicaId, u64)>);
