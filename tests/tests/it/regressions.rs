//! The field's known bugs, and our own: one test each.

mod causality;
mod churn;
mod counters;
mod cursors;
mod cycles;
mod forgetting;
mod overflow;
mod parts;
mod removal;
mod resets;
mod riak;

use rejoin_core::{Crdt, DotStore, ReplicaId};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

const ALICE: ReplicaId = ReplicaId::from_u128(1);
const BOB: ReplicaId = ReplicaId::from_u128(2);
const CAROL: ReplicaId = ReplicaId::from_u128(3);

/// Merges into each what all the others are, and checks that they are equal then.
fn converge<T: Crdt + Clone + PartialEq + std::fmt::Debug>(replicas: &mut [T]) {
    let states = replicas.to_vec();
    for replica in replicas.iter_mut() {
        states.iter().for_each(|state| {
            replica.merge(state.clone());
        });
    }
    for pair in replicas.windows(2) {
        assert_eq!(pair[0], pair[1]);
    }
}

fn elements<'a>(set: &AwSet<&'a str>) -> Vec<&'a str> {
    set.iter().copied().collect()
}

fn siblings(register: &MvRegister<u8>) -> Vec<u8> {
    register.values().copied().collect()
}

fn live(store: &impl DotStore) -> usize {
    let mut count = 0;
    store.dots(&mut |_| count += 1);
    count
}
