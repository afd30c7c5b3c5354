//! Further lattices in plain data.

use std::collections::BTreeMap;

use rejoin_core::{Crdt, Edit};
use rejoin_counters::{GCounter, PnCounter};
use rejoin_registers::{LwwRegister, Min};

use super::{CounterOp, Direction, Plain};
use crate::oracle::{Subject, id};
use crate::rng::Rng;

impl Plain for Min<u8> {
    type Meaning = Option<u8>;

    fn any(rng: &mut Rng) -> Option<u8> {
        rng.small(8).checked_sub(1)
    }

    fn delta(op: &u8, _: usize, now: &Option<u8>) -> Option<u8> {
        now.is_none_or(|now| *op < now).then_some(*op)
    }

    fn join(a: &Option<u8>, b: &Option<u8>) -> Option<u8> {
        a.iter().chain(b).copied().min()
    }

    fn lift(meaning: &Option<u8>) -> Self {
        meaning.map_or_else(Self::new, Self::from)
    }

    fn meaning(&self) -> Option<u8> {
        self.get().copied()
    }
}

/// Time, writer and value.
impl Plain for LwwRegister<u8, u8> {
    type Meaning = Option<(u8, usize, u8)>;

    fn any(rng: &mut Rng) -> Self::Meaning {
        (!rng.once_in(4)).then(|| (rng.small(4), rng.below(3), rng.small(4)))
    }

    fn delta((time, value): &(u8, u8), replica: usize, now: &Self::Meaning) -> Self::Meaning {
        let write = Some((*time, replica, *value));
        if write > *now { write } else { None }
    }

    fn join(a: &Self::Meaning, b: &Self::Meaning) -> Self::Meaning {
        *a.max(b)
    }

    fn lift(meaning: &Self::Meaning) -> Self {
        let mut register = Self::new();
        if let Some((time, writer, value)) = *meaning {
            register.edit(id(writer), |register| register.set(time, value));
        }
        register
    }

    fn meaning(&self) -> Self::Meaning {
        <Self as Subject>::read(self)
    }
}

/// What each replica has counted up, and down.
impl Plain for PnCounter {
    type Meaning = [BTreeMap<usize, u64>; 2];

    fn any(rng: &mut Rng) -> Self::Meaning {
        [GCounter::any(rng), GCounter::any(rng)]
    }

    fn delta(op: &CounterOp, replica: usize, [up, down]: &Self::Meaning) -> Self::Meaning {
        match op.direction {
            Direction::Up => [GCounter::delta(op, replica, up), BTreeMap::new()],
            Direction::Down => [BTreeMap::new(), GCounter::delta(op, replica, down)],
        }
    }

    fn join([up, down]: &Self::Meaning, other: &Self::Meaning) -> Self::Meaning {
        [GCounter::join(up, &other[0]), GCounter::join(down, &other[1])]
    }

    fn lift([up, down]: &Self::Meaning) -> Self {
        let mut counter = Self::new();
        for (replica, count) in up {
            counter.merge(Self::new().edit(id(*replica), |counter| counter.increment(*count)));
        }
        for (replica, count) in down {
            counter.merge(Self::new().edit(id(*replica), |counter| counter.decrement(*count)));
        }
        counter
    }

    fn meaning(&self) -> Self::Meaning {
        [self.increments().meaning(), self.decrements().meaning()]
    }
}
