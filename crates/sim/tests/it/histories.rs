//! Histories in shorthand.

use core::time::Duration;

use rejoin_core::{CausalContext, Dot, ReplicaId};
use rejoin_sim::check::{Action, Operation};
use rejoin_store::Time;

pub(crate) type History = Vec<Operation<&'static str>>;

/// The dot `seq` of replica `replica`.
pub(crate) fn dot((replica, seq): (u128, u64)) -> Dot {
    Dot::new(ReplicaId::from_u128(replica), seq).unwrap()
}

pub(crate) fn dots(of: &[(u128, u64)]) -> CausalContext {
    of.iter().copied().map(dot).collect()
}

pub(crate) fn at(second: u64) -> Time {
    Time::new(Duration::from_secs(second))
}

/// A write of these dots.
pub(crate) fn write(
    session: u64,
    (invoked, returned): (u64, Option<u64>),
    key: &'static str,
    of: &[(u128, u64)],
) -> Operation<&'static str> {
    let action = Action::Write { key, dots: dots(of) };
    Operation { session, invoked: at(invoked), returned: returned.map(at), action }
}

/// A read that has seen these dots.
pub(crate) fn read(
    session: u64,
    (invoked, returned): (u64, Option<u64>),
    key: impl Into<Option<&'static str>>,
    seen: &[(u128, u64)],
) -> Operation<&'static str> {
    let action = Action::Read { key: key.into(), seen: dots(seen) };
    Operation { session, invoked: at(invoked), returned: returned.map(at), action }
}
