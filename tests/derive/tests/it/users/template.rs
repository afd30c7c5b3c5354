//! Every derive, without an attribute that says where the traits are.

use KRATE::{Causal, Crdt, Decompose, Diff, DotStore, Edit, ReplicaId, Watch, WatchStore};
use KRATECORE::DotSet;

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
pub struct Line {
    pub wanted: DotSet,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
#[crdt(ordered)]
pub enum Phase {
    #[default]
    Draft,
    Public,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
pub struct Shop {
    pub line: Causal<Line>,
    pub phase: Phase,
}

pub fn publish(shop: &mut Shop) -> Shop {
    shop.edit(ReplicaId::from_u128(1), |shop| {
        shop.line().wanted().write();
        shop.phase().advance(Phase::Public);
    })
}
