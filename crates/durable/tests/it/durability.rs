//! Crashes, restarts and failing disks.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoin_core::{Causal, Dot, DotStore};
use rejoin_durable::{CommitError, Durable, Memory, Storage};
use rejoin_sets::AwSet;
use rejoin_store::Config;

use crate::support::{Broken, Fault, Faulty, connect, id, now, open, records, talk, wait};

type Tags = Causal<AwSet<u64>>;

fn restart(node: Durable<Tags, Faulty>) -> Durable<Tags, Faulty> {
    Durable::open(node.into_storage(), Config::default()).unwrap()
}

#[test]
fn a_restart_has_what_was_committed_and_nothing_else() {
    let mut node = open::<Tags>(1, &Config::default());
    let mut expected = Tags::default();
    for round in 0..20 {
        // Several crashes, with writes after each: one crash is not enough.
        assert_eq!(node.state(), &expected);
        assert!(node.replica().is_durable());
        node.edit(|tags| {
            (0..5).for_each(|n| {
                tags.insert(round * 10 + n);
            });
        })
        .unwrap();
        node.edit(|tags| tags.remove(&(round * 10))).unwrap();
        expected = node.state().clone();
        node.stage(|tags| tags.insert(1_000_000_u64)).expect("it can be encoded");
        node = Durable::open(node.into_storage(), Config::default()).unwrap();
    }
}

#[test]
fn what_was_received_survives_as_what_was_written_does() {
    let mut nodes = [1, 2].map(|number| open::<Tags>(number, &Config::default()));
    nodes[0].edit(|tags| [1_u64, 2, 3].map(|n| tags.insert(n))).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    nodes[0].edit(|tags| tags.insert(4_u64)).unwrap();
    nodes[0].edit(|tags| tags.remove(&2)).unwrap();
    talk(&mut nodes);
    let [first, second] = nodes;
    let second = Durable::<Tags, _>::open(second.into_storage(), Config::default()).unwrap();
    assert_eq!(first.state(), second.state());
}

/// Each of 127 777 edits that clients tried on a full disk was applied, visible and kept.
#[test]
fn edits_after_a_failed_commit_are_refused_until_one_succeeds() {
    for fault in [Fault::Fail, Fault::FailStored] {
        let disk = Faulty::new(1);
        let mut node = Durable::<Tags, _>::open_as(disk.clone(), 0, Config::default()).unwrap();
        disk.append.set(fault);
        let undecided = node.edit(|tags| tags.insert(0));
        assert_eq!(undecided, Err(CommitError::Storage(Broken)));
        for n in 1..100 {
            let refused = node.edit(|tags| tags.insert(n));
            let inner = Box::new(CommitError::Storage(Broken));
            assert_eq!(refused, Err(CommitError::Suspended(inner)));
        }
        assert_eq!(node.state().len(), 1);
        disk.append.set(Fault::None);
        assert_eq!(node.edit(|tags| tags.insert(100)), Ok(true));
        assert!(node.replica().is_durable());
        let again = Durable::<Tags, _>::open_as(node.into_storage(), 1, Config::default()).unwrap();
        assert_eq!(again.state().iter().copied().collect::<Vec<_>>(), [0, 100]);
    }
}

#[test]
fn a_failed_commit_keeps_everything_pending_and_sends_nothing() {
    for fault in [Fault::Fail, Fault::FailStored] {
        let disks = [Faulty::new(1), Faulty::new(2)];
        let mut nodes = disks
            .clone()
            .map(|disk| Durable::<Tags, _>::open_as(disk, 0, Config::default()).unwrap());
        connect(&mut nodes);
        talk(&mut nodes);

        disks[0].append.set(fault);
        for n in 0..3_u64 {
            nodes[0].stage(|tags| tags.insert(n)).expect("it can be encoded");
            assert_eq!(nodes[0].commit(), Err(CommitError::Storage(Broken)));
            assert!(nodes[0].replica_mut().poll_transmit(now()).is_none());
        }
        // A peer that asks meanwhile has to wait, too.
        wait(&mut nodes[1..], Duration::from_secs(9));
        let compare = nodes[1].replica_mut().poll_transmit(now()).unwrap();
        nodes[0].replica_mut().handle(now(), id(2), &compare.payload).unwrap();
        assert!(nodes[0].replica_mut().poll_transmit(now()).is_none());
        assert_eq!(nodes[0].state().len(), 3);

        disks[0].append.set(Fault::None);
        nodes[0].commit().unwrap();
        talk(&mut nodes);
        assert_eq!(nodes[1].state().len(), 3);
        let [first, second] = nodes;
        assert_eq!(restart(first).state(), second.state());
    }
}

#[test]
fn a_restart_never_uses_a_dot_again_that_has_left() {
    let disk = Faulty::new(1);
    // In one incarnation, so that nothing but the disk keeps dots apart.
    let open_again = |disk| Durable::<Tags, Faulty>::open_as(disk, 0, Config::default()).unwrap();
    let mut node = open_again(disk.clone());
    let mut seen: BTreeSet<Dot> = BTreeSet::new();
    for round in 0..100_u64 {
        let faults = [Fault::None, Fault::Fail, Fault::FailStored];
        disk.append.set(faults[round as usize % 3]);
        let before = node.state().context().clone();
        node.stage(|tags| tags.insert(round)).expect("it can be encoded");
        let mut peer = open::<Tags>(2, &Config::default());
        node.replica_mut().connected(now(), id(2));
        peer.replica_mut().connected(now(), id(1));
        let _ = node.commit();
        node.replica_mut().handle_timeout(now() + Duration::from_secs(9));
        // Whatever leaves is heard by a peer that knows nothing, and asks for all.
        let mut messages = 0;
        while let Some(transmit) = node.replica_mut().poll_transmit(now()) {
            messages += 1;
            peer.replica_mut().handle(now(), id(1), &transmit.payload).unwrap();
            peer.commit().unwrap();
            while let Some(answer) = peer.replica_mut().poll_transmit(now()) {
                node.replica_mut().handle(now(), id(2), &answer.payload).unwrap();
            }
        }
        assert_eq!(messages > 0, round % 3 == 0);
        DotStore::dots(peer.state().store(), &mut |dot| {
            if !before.contains(dot) {
                assert!(seen.insert(dot), "round {round}: {dot} has been used before");
            }
        });
        node = open_again(node.into_storage());
    }
    assert_eq!(seen.len(), 34);
}

/// Numbers that take 9 bytes each.
fn scatter(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[test]
fn a_long_log_is_compacted() {
    let mut node = open::<Tags>(1, &Config::default());
    let mut snapshots = 0;
    for round in 0..300_u64 {
        // Adds and removals of the same elements: the log grows, the value does not.
        node.edit(|tags| {
            (0..1000_u64).for_each(|n| {
                tags.insert(scatter(n));
            });
        })
        .unwrap();
        let storage = node.storage();
        if storage.log_bytes() == 0 {
            snapshots += 1;
        }
        assert!(storage.log_bytes() <= 1 << 20, "round {round}");
        assert!(storage.snapshot_bytes() < 100_000, "round {round}");
    }
    assert!((2..100).contains(&snapshots), "{snapshots}");
    let expected = node.state().clone();
    let node = Durable::<Tags, _>::open(node.into_storage(), Config::default()).unwrap();
    assert_eq!(node.state(), &expected);
}

#[test]
fn a_snapshot_is_cut_into_records_and_opening_tells_how_far_it_is() {
    let mut node = open::<Tags>(1, &Config::default());
    let bytes =
        |node: &Durable<Tags, Memory>| node.storage().snapshot_bytes() + node.storage().log_bytes();
    while bytes(&node) <= 4 << 20 {
        let first = node.state().context().len();
        node.edit(|tags| {
            (first..first + 10_000).for_each(|n| {
                tags.insert(scatter(n));
            });
        })
        .unwrap();
        let removed = node.edit(|tags| (first..first + 10).all(|n| tags.remove(&scatter(n))));
        assert!(removed.unwrap());
    }
    node.compact().unwrap();
    node.edit(|tags| tags.insert(7_u64)).unwrap(); // in the log
    let (before, snapshot) = (node.state().clone(), node.replica().snapshot());
    let storage = node.storage().clone();
    let lengths: Vec<_> = records(&storage).iter().map(|record| record.len() as u64).collect();
    assert!(lengths.len() > 15, "{lengths:?}");
    assert!(lengths.iter().all(|length| *length < 64 << 10), "{lengths:?}");

    let mut told = Vec::new();
    let config = Config::default();
    let again = Durable::<Tags, _>::open_with(storage, config, |progress| told.push(progress));
    let again = again.unwrap();
    assert_eq!(again.state(), &before);
    assert_eq!(again.replica().snapshot(), snapshot);
    let mut bytes = 0;
    for (progress, length) in told.iter().zip(&lengths) {
        bytes += length;
        assert_eq!((progress.bytes, progress.total), (bytes, lengths.iter().sum()));
    }
    assert_eq!((told.len(), told.last().unwrap().bytes), (lengths.len(), bytes));
}

#[test]
fn a_failing_compaction_loses_nothing_and_is_tried_again() {
    for fault in [Fault::Fail, Fault::FailStored] {
        let disk = Faulty::new(1);
        disk.compact.set(fault);
        let mut node = Durable::<Tags, _>::open(disk.clone(), Config::default()).unwrap();
        let fill = |node: &mut Durable<Tags, Faulty>| {
            node.edit(|tags| {
                (0..5000_u64).for_each(|n| {
                    tags.insert(scatter(n));
                });
            })
            .unwrap();
        };
        while node.compaction_error().is_none() {
            fill(&mut node);
        }
        assert_eq!(node.compaction_error(), Some(&CommitError::Storage(Broken)));
        let expected = node.state().clone();
        node = restart(node);
        assert_eq!(node.state(), &expected);

        (0..10).for_each(|_| fill(&mut node));
        disk.compact.set(Fault::None);
        (0..30).for_each(|_| fill(&mut node));
        assert!(node.compaction_error().is_none() && node.storage().log_bytes() < 3 << 20);
        let expected = node.state().clone();
        assert_eq!(restart(node).state(), &expected);
    }
}
