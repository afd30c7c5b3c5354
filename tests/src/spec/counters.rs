use rejoin_counters::{GCounter, GCounterCursor, PnCounter, PnCounterCursor};

use crate::oracle::{Effect, Live, Spec, Subject};
use crate::rng::Rng;

/// An operation on a counter.
#[derive(Clone, Copy, Debug)]
pub struct CounterOp {
    /// Up or down.
    pub direction: Direction,
    /// How far.
    pub by: u8,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// An increment.
    Up,
    /// A decrement.
    Down,
}

/// The sum of the increments.
impl Spec for GCounter {
    type Op = CounterOp;
    type Piece = CounterOp;
    type Value = u128;

    fn op(rng: &mut Rng) -> CounterOp {
        CounterOp { direction: Direction::Up, by: rng.small(4) }
    }

    fn effect(op: &CounterOp, _: usize, _: &[Live<'_, CounterOp>]) -> Effect<CounterOp> {
        Effect::write((op.by > 0).then_some(*op))
    }

    fn carries(_: &CounterOp, _: &CounterOp) -> bool {
        true
    }

    fn value(live: &[Live<'_, CounterOp>]) -> u128 {
        live.iter().map(|write| u128::from(write.piece.by)).sum()
    }
}

impl Subject for GCounter {
    type Real = Self;

    fn apply(cursor: &mut GCounterCursor<'_>, op: &CounterOp) {
        let before = cursor.value();
        cursor.increment(u64::from(op.by));
        assert_eq!(cursor.value(), before + u128::from(op.by));
    }

    fn read(real: &Self) -> u128 {
        assert_eq!(real.value(), real.iter().map(|(_, count)| u128::from(count)).sum());
        real.value()
    }
}

/// The increments minus the decrements.
impl Spec for PnCounter {
    type Op = CounterOp;
    type Piece = CounterOp;
    type Value = i128;

    fn op(rng: &mut Rng) -> CounterOp {
        let direction = if rng.once_in(2) { Direction::Up } else { Direction::Down };
        CounterOp { direction, by: rng.small(4) }
    }

    fn effect(op: &CounterOp, _: usize, _: &[Live<'_, CounterOp>]) -> Effect<CounterOp> {
        Effect::write((op.by > 0).then_some(*op))
    }

    fn carries(piece: &CounterOp, earlier: &CounterOp) -> bool {
        piece.direction == earlier.direction
    }

    fn value(live: &[Live<'_, CounterOp>]) -> i128 {
        let signed = live.iter().map(|write| match write.piece.direction {
            Direction::Up => i128::from(write.piece.by),
            Direction::Down => -i128::from(write.piece.by),
        });
        signed.sum()
    }
}

impl Subject for PnCounter {
    type Real = Self;

    fn apply(cursor: &mut PnCounterCursor<'_>, op: &CounterOp) {
        match op.direction {
            Direction::Up => cursor.increment(u64::from(op.by)),
            Direction::Down => cursor.decrement(u64::from(op.by)),
        };
    }

    fn read(real: &Self) -> i128 {
        real.value()
    }
}
