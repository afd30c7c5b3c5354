//! A whole node on a disk that is full for a while.

use std::time::Duration;

use rejoin_durable::Durable;
use rejoin_node::{Node, NodeConfig, NodeError};
use rejoin_redb::RedbStorage;
use rejoin_sets::{AwSet, Causal};
use rejoin_store::{Config, NodeId};

use crate::disk::Disk;

type Tags = Causal<AwSet<String>>;

fn open(disk: &Disk) -> Durable<Tags, RedbStorage> {
    let storage = RedbStorage::open_with_backend(disk.clone(), NodeId::from_u128(7)).unwrap();
    Durable::open(storage, Config::default()).unwrap()
}

#[tokio::test]
async fn a_node_stores_what_a_full_disk_refused_by_itself() {
    let disk = Disk::default();
    let node: Node<Tags> = Node::start(open(&disk), NodeConfig::new("tests")).unwrap();
    node.edit(|tags| tags.insert("before")).await.unwrap();
    disk.limit(Some(0));
    for number in 0..3 {
        let long = format!("{number}").repeat(10_000);
        let error = node.edit(move |tags| tags.insert(long)).await.unwrap_err();
        assert_eq!(matches!(error, NodeError::Storage(_)), number == 0, "{error:?}");
        assert_eq!(matches!(error, NodeError::Suspended(_)), number > 0, "{error:?}");
    }
    assert_eq!(node.read(|tags| tags.len()), 2, "only the first one may still happen");
    assert_eq!(open(&disk.after_power_cut(1)).state().len(), 1);

    disk.limit(None);
    let failed = node.stats().failed_commits;
    let commits = node.stats().commits;
    for _ in 0..1_000 {
        if node.stats().commits > commits {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(node.stats().commits > commits, "it tries again without being asked");
    assert!(failed >= 1);
    assert_eq!(open(&disk.after_power_cut(2)).state().len(), 2);

    node.edit(|tags| tags.insert("after")).await.unwrap();
    node.shutdown().await;
    assert_eq!(open(&disk.after_power_cut(3)).state().len(), 3);
}
