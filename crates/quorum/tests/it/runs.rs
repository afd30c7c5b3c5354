//! Nodes and their runs: votes belong to a node, and messages go to a run of it.

use std::collections::BTreeSet;

use rejoin_core::ReplicaId;
use rejoin_quorum::{Division, InvalidVoters, Level, QuorumConfig, Quorums, Single, Voters};
use rejoin_store::{Config, Replica, Replicated};

use crate::members::{Set, at, id};

/// Makes everything durable, and lets operations go on.
pub(crate) fn settle<S: Replicated, O: Division<S>>(
    quorums: &mut Quorums<S, O>,
    replica: &mut Replica<S>,
) {
    loop {
        quorums.prepare(replica);
        while let Some(pending) = replica.pending().unwrap() {
            replica.persisted(pending.number);
        }
        if !quorums.release(at(0), replica) {
            break;
        }
    }
}

fn member() -> (Replica<Set>, Quorums<Set>) {
    let replica = Replica::<Set>::new(id(1).run(5), Config::default());
    let voters = Voters::declare([1, 2].map(id)).unwrap();
    let quorums = Quorums::<Set, Single>::new(&replica, voters, QuorumConfig::default()).unwrap();
    (replica, quorums)
}

/// A node that crashes and returns at once may do so before its peers have noticed, and its new id
/// is as likely to be the smaller as the greater one.
#[test]
fn both_runs_of_a_node_are_asked_until_the_end_of_the_first_is_noticed() {
    let (mut replica, mut quorums) = member();
    let runs = [9, 3].map(|run| id(2).run(run));
    for run in runs {
        replica.connected(at(0), run);
    }
    let asked = |quorums: &mut Quorums<Set>, replica: &mut Replica<Set>| {
        let _ = quorums.read((), Level::Strong, at(500));
        settle(quorums, replica);
        core::iter::from_fn(|| quorums.poll_transmit(replica))
            .map(|transmit| transmit.to)
            .collect::<BTreeSet<ReplicaId>>()
    };
    assert_eq!(asked(&mut quorums, &mut replica), BTreeSet::from(runs));
    quorums.handle_timeout(at(500));
    settle(&mut quorums, &mut replica);
    replica.disconnected(runs[0]);
    assert_eq!(asked(&mut quorums, &mut replica), BTreeSet::from([runs[1]]));
}

#[test]
fn voters_are_remembered_by_the_replica() {
    let (mut replica, mut quorums) = member();
    let _ = quorums.change_voters(at(0), [id(1)], at(100), &replica).unwrap();
    settle(&mut quorums, &mut replica);
    let changed = quorums.voters().clone();
    assert!(changed.is_joint());
    let declared = Voters::declare([1, 2].map(id)).unwrap();
    let again = Quorums::<Set>::new(&replica, declared.clone(), QuorumConfig::default()).unwrap();
    assert_eq!(again.voters(), &changed);

    // In a format that this release does not know.
    replica.set_note("voters", u64::MAX, vec![2, 0, 0, 0, 0]);
    let error = Quorums::<Set>::new(&replica, declared, QuorumConfig::default()).unwrap_err();
    assert!(matches!(error, InvalidVoters::Unreadable(_)), "{error}");
}

/// Hands each message that may leave then to the replica that it is for.
fn exchange(ms: u64, replicas: &mut [&mut Replica<Set>]) {
    for from in 0..replicas.len() {
        replicas[from].handle_timeout(at(ms));
        while let Some(pending) = replicas[from].pending().unwrap() {
            replicas[from].persisted(pending.number);
        }
        let sender = replicas[from].id();
        while let Some(transmit) = replicas[from].poll_transmit(at(ms)) {
            let to = replicas.iter_mut().find(|replica| replica.id() == transmit.to);
            if let Some(to) = to {
                to.handle(at(ms), sender, &transmit.payload).unwrap();
            }
        }
    }
}

/// The greater id has all, and the other run of that node has told nothing of it.
#[test]
fn what_is_settled_does_not_go_by_the_greatest_run() {
    let [mut replica, mut great, mut small] = [(1, 5), (2, 9), (2, 3)]
        .map(|(node, run)| Replica::<Set>::new(id(node).run(run), Config::default()));
    for run in [&mut great, &mut small] {
        run.connected(at(0), replica.id());
        replica.connected(at(0), run.id());
    }
    for ms in 0..100 {
        exchange(ms * 20, &mut [&mut replica, &mut great, &mut small]);
    }
    replica.stage(|set| set.insert(7)).unwrap();
    for ms in 100..200 {
        exchange(ms * 20, &mut [&mut replica, &mut great]);
    }
    assert_eq!(replica.seen().get(replica.id()), 1);
    assert_eq!(replica.settled([id(2)]).get(replica.id()), 0, "the smaller run lacks it");
    replica.disconnected(small.id());
    assert_eq!(replica.settled([id(2)]).get(replica.id()), 1);
}
