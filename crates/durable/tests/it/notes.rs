//! What layers above a replica let it remember.

use rejoin_core::Causal;
use rejoin_durable::Durable;
use rejoin_sets::AwSet;
use rejoin_store::Config;

use crate::support::{Fault, Faulty, connect, open, talk};

type Tags = Causal<AwSet<u64>>;

fn note<'a>(node: &'a Durable<Tags, Faulty>, layer: &str) -> Option<(u64, &'a [u8])> {
    node.replica().note(layer)
}

#[test]
fn the_latest_version_of_each_note_survives_crashes_and_compaction() {
    let mut node = Durable::<Tags, _>::open(Faulty::new(1), Config::default()).unwrap();
    node.replica_mut().set_note("one", 2, b"two".to_vec());
    node.replica_mut().set_note("one", 1, b"an older one".to_vec());
    node.replica_mut().set_note("other", 7, b"seven".to_vec());
    assert!(!node.replica().is_durable(), "it is made durable as an edit is");
    node.commit().unwrap();
    for compacted in [false, true] {
        if compacted {
            node.compact().unwrap();
        }
        node = Durable::open(node.into_storage(), Config::default()).unwrap();
        assert_eq!(note(&node, "one"), Some((2, &b"two"[..])));
        assert_eq!(note(&node, "other"), Some((7, &b"seven"[..])));
        assert_eq!(note(&node, "third"), None);
    }
    node.begin_epoch(|_| Ok::<(), std::fmt::Error>(())).unwrap();
    assert_eq!(note(&node, "one"), Some((2, &b"two"[..])));
}

#[test]
fn a_note_that_was_not_committed_is_lost_and_holds_messages_back() {
    let disk = Faulty::new(1);
    let mut node = Durable::<Tags, _>::open(disk.clone(), Config::default()).unwrap();
    disk.append.set(Fault::Fail);
    node.replica_mut().set_note("one", 1, b"one".to_vec());
    assert!(node.commit().is_err() && !node.replica().is_durable());
    let node = Durable::<Tags, _>::open(node.into_storage(), Config::default()).unwrap();
    assert_eq!(note(&node, "one"), None);
}

#[test]
fn a_note_goes_to_no_peer() {
    let mut nodes = [1, 2].map(|number| open::<Tags>(number, &Config::default()));
    nodes[0].replica_mut().set_note("one", 1, b"one".to_vec());
    nodes[0].edit(|tags| tags.insert(1)).unwrap();
    connect(&mut nodes);
    talk(&mut nodes);
    assert!(nodes[1].state().contains(&1));
    assert_eq!(nodes[1].replica().note("one"), None);
}
