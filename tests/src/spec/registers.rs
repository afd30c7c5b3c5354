use rejoin_core::DotStore;
use rejoin_registers::{
    LwwRegister, LwwRegisterCursor, Max, MaxCursor, Min, MinCursor, MvRegister,
};

use crate::oracle::{Effect, Live, Spec, Subject, id};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// The largest value.
impl Spec for Max<u8> {
    type Op = u8;
    type Piece = u8;
    type Value = Option<u8>;

    fn op(rng: &mut Rng) -> u8 {
        rng.small(16)
    }

    fn effect(op: &u8, _: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
        // What is not the largest here is not written, and so not sent.
        Effect::write(live.iter().all(|write| write.piece < op).then_some(*op))
    }

    fn value(live: &[Live<'_, u8>]) -> Option<u8> {
        live.iter().map(|write| *write.piece).max()
    }
}

impl Subject for Max<u8> {
    type Real = Self;

    fn apply(cursor: &mut MaxCursor<'_, u8>, op: &u8) {
        let news = cursor.get().is_none_or(|held| op > held);
        assert_eq!(cursor.set(*op), news);
    }

    fn read(real: &Self) -> Option<u8> {
        real.get().copied()
    }
}

/// The smallest value.
impl Spec for Min<u8> {
    type Op = u8;
    type Piece = u8;
    type Value = Option<u8>;

    fn op(rng: &mut Rng) -> u8 {
        rng.small(16)
    }

    fn effect(op: &u8, _: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
        Effect::write(live.iter().all(|write| write.piece > op).then_some(*op))
    }

    fn value(live: &[Live<'_, u8>]) -> Option<u8> {
        live.iter().map(|write| *write.piece).min()
    }
}

impl Subject for Min<u8> {
    type Real = Self;

    fn apply(cursor: &mut MinCursor<'_, u8>, op: &u8) {
        let news = cursor.get().is_none_or(|held| op < held);
        assert_eq!(cursor.set(*op), news);
    }

    fn read(real: &Self) -> Option<u8> {
        real.get().copied()
    }
}

/// The write with the highest time; then the highest writer; then the highest value. Times are few,
/// so that one writer uses one twice.
impl Spec for LwwRegister<u8, u8> {
    type Op = (u8, u8);
    type Piece = (u8, usize, u8);
    type Value = Option<(u8, usize, u8)>;

    fn op(rng: &mut Rng) -> (u8, u8) {
        (rng.small(4), rng.small(4))
    }

    fn effect(
        (time, value): &(u8, u8),
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        let write = (*time, replica, *value);
        Effect::write(live.iter().all(|other| *other.piece < write).then_some(write))
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        live.iter().map(|write| *write.piece).max()
    }
}

impl Subject for LwwRegister<u8, u8> {
    type Real = Self;

    fn apply(cursor: &mut LwwRegisterCursor<'_, u8, u8>, (time, value): &(u8, u8)) {
        cursor.set(*time, *value);
    }

    fn read(real: &Self) -> Self::Value {
        let (time, writer) = real.stamp()?;
        let writer = (0..).find(|replica| id(*replica) == writer)?;
        Some((*time, writer, *real.get()?))
    }
}

/// An operation on a multi-value register.
#[derive(Clone, Copy, Debug)]
pub enum RegisterOp {
    /// Writes.
    Set(u8),
    /// Removes all siblings.
    Clear,
}

/// All live writes, by writer and then by age.
impl Spec for MvRegister<u8> {
    type Op = RegisterOp;
    type Piece = u8;
    type Value = Vec<u8>;

    fn op(rng: &mut Rng) -> RegisterOp {
        if rng.once_in(5) { RegisterOp::Clear } else { RegisterOp::Set(rng.small(4)) }
    }

    fn effect(op: &RegisterOp, _: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
        match op {
            RegisterOp::Set(value) => Effect::take(Some(*value), live, |_| true),
            RegisterOp::Clear => Effect::take(None, live, |_| true),
        }
    }

    fn value(live: &[Live<'_, u8>]) -> Vec<u8> {
        let mut live = live.to_vec();
        live.sort_by_key(|write| write.replica);
        live.iter().map(|write| *write.piece).collect()
    }
}

impl StoreSubject for MvRegister<u8> {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &RegisterOp) {
        match op {
            RegisterOp::Set(value) => cursor.set(*value),
            RegisterOp::Clear => {
                let any = cursor.values().next().is_some();
                assert_eq!(cursor.clear(), any);
            }
        }
    }

    fn read(real: &Self) -> Vec<u8> {
        let writes: Vec<u8> = real.writes().map(|(_, value)| *value).collect();
        let mut siblings: Vec<u8> = Vec::new();
        writes.iter().for_each(|value| {
            if !siblings.contains(value) {
                siblings.push(*value);
            }
        });
        assert!(real.values().eq(&siblings));
        writes
    }
}
