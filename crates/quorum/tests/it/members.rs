//! A coordinator and an acceptor that take messages, for tests and the fuzzer.

use std::time::Duration;

use rejoin_core::{Causal, Edit, NodeId};
use rejoin_quorum::{Acceptor, Coordinator, CoordinatorConfig, Fairness, Level, Quorum, Voters};
use rejoin_sets::AwSet;
use rejoin_store::Time;

pub(crate) type Set = Causal<AwSet<u64>>;

pub(crate) fn id(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

pub(crate) fn at(ms: u64) -> Time {
    Time::new(Duration::from_millis(ms))
}

pub(crate) fn delta(by: u128, element: u64) -> Set {
    Set::default().edit(id(by).run(0), |set| set.insert(element))
}

/// A coordinator with an update, a quorum read and a strong read on their way.
pub(crate) fn coordinator() -> Coordinator<Set> {
    let voters = Voters::declare([1, 2, 3].map(id)).unwrap();
    let mut coordinator = Coordinator::new(id(1), voters, CoordinatorConfig::new(7));
    coordinator.update(at(0), delta(1, 7), Level::Strong, at(500));
    coordinator.read(at(0), delta(1, 8), Level::Quorum(Quorum::Majority), at(500));
    coordinator.read(at(0), delta(1, 9), Level::Strong, at(500));
    coordinator
}

pub(crate) fn acceptor() -> Acceptor<Set> {
    let mut acceptor = Acceptor::new(Fairness::default());
    acceptor.merge(delta(2, 1));
    settle(&mut acceptor);
    acceptor
}

pub(crate) fn settle(acceptor: &mut Acceptor<Set>) {
    while let Some(record) = acceptor.pending() {
        acceptor.persisted(record.number);
    }
}
