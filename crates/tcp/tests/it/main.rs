//! Nodes on loopback sockets. Nothing depends on timing but a deadline that is never met.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cluster;
mod common;
#[path = "../../../../tests/support/example.rs"]
mod example;
mod hostile;
#[cfg(unix)]
mod levels;
mod objects;
mod observed;
mod session;
mod voters;

use std::sync::Arc;
use std::time::Duration;

use rejoin_durable::{Durable, Memory};
use rejoin_maps::GMap;
use rejoin_node::{GreetingMismatch, Node, NodeConfig, NodeError};
use rejoin_observe::{Health, Limits};
use rejoin_redb::RedbStorage;
use rejoin_registers::{Max, Min};
use rejoin_store::{Config, NodeId};
use rejoin_tcp::{ConnectionError, Tcp, TcpConfig};

use self::common::{Local, Socketed, Tags, eventually, has, node};

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_converge_over_one_connection_though_both_dial() {
    let (one, two) = (node(1, []), node(2, []));
    one.add_peer(two.local_addr().unwrap());
    two.add_peer(one.local_addr().unwrap());
    one.edit(|tags| tags.insert("from one")).await.unwrap();
    two.edit(|tags| tags.insert("from two")).await.unwrap();
    eventually(|| has(&one, "from two") && has(&two, "from one")).await;
    eventually(|| one.stats().connected == 1 && two.stats().connected == 1).await;
    assert_eq!((one.stats().refused, two.stats().refused), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_in_a_row_converge() {
    let one = node(1, []);
    let two = node(2, [one.local_addr().unwrap()]);
    let three = node(3, [two.local_addr().unwrap()]);
    one.edit(|tags| tags.insert("from one")).await.unwrap();
    three.edit(|tags| tags.insert("from three")).await.unwrap();
    eventually(|| has(&one, "from three") && has(&three, "from one")).await;
    one.edit(|tags| tags.remove("from three")).await.unwrap();
    eventually(|| !has(&three, "from three") && !has(&two, "from three")).await;
    let states = [&one, &two, &three].map(|node| node.read(Clone::clone));
    assert!(states[0] == states[1] && states[1] == states[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_deflated_by_those_who_are_told_to() {
    let mut sent = Vec::new();
    for above in [usize::MAX, 100] {
        let durable = Durable::open(Memory::new(NodeId::from_u128(1)), common::config()).unwrap();
        let one: Socketed = Socketed::start(durable, common::local().compressing(above));
        let two = node(2, [one.local_addr().unwrap()]); // which is not told anything
        one.edit(|tags| tags.extend((0..1_000).map(|n| format!("tag number {n}")))).await.unwrap();
        eventually(|| has(&two, "tag number 999")).await;
        sent.push(one.stats().bytes_sent);
    }
    assert!(sent[1] * 10 < sent[0] * 8, "{sent:?} bytes, plain and deflated");
}

#[tokio::test(flavor = "multi_thread")]
async fn isolation_keeps_nodes_apart_until_it_ends() {
    let one = node(1, []);
    let two = node(2, [one.local_addr().unwrap()]);
    eventually(|| one.stats().connected == 1 && two.stats().connected == 1).await;
    two.set_isolated(true);
    eventually(|| one.stats().connected == 0 && two.stats().connected == 0).await;
    one.edit(|tags| tags.insert("meanwhile one")).await.unwrap();
    two.edit(|tags| tags.insert("meanwhile two")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!has(&one, "meanwhile two") && !has(&two, "meanwhile one"));
    two.set_isolated(false);
    eventually(|| has(&one, "meanwhile two") && has(&two, "meanwhile one")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_peer_is_dialed_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.redb");
    let open = || Durable::open(RedbStorage::open(&path).unwrap(), common::config()).unwrap();
    let two: Socketed = Socketed::start(open(), common::local());
    let (id, address) = (two.id(), two.local_addr().unwrap());
    let one = node(1, [address]);
    two.edit(|tags| tags.insert("before")).await.unwrap();
    eventually(|| has(&one, "before")).await;

    two.shutdown().await; // which closes the file, so that it can be opened again
    eventually(|| one.stats().connected == 0).await;
    one.edit(|tags| tags.insert("meanwhile")).await.unwrap();
    let two: Socketed = Socketed::start(open(), common::local_at(address));
    assert_eq!(two.id().node(), id.node());
    assert_ne!(two.id(), id, "each run writes in an incarnation of its own");
    assert!(has(&two, "before"));
    eventually(|| has(&two, "meanwhile")).await;
    two.edit(|tags| tags.insert("after")).await.unwrap();
    eventually(|| has(&one, "after")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_edits_share_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let storage = RedbStorage::open(folder.path().join("one.redb")).unwrap();
    let durable = Durable::open(storage, Config::default()).unwrap();
    let node: Arc<Node<Tags>> = Arc::new(Node::start(durable, NodeConfig::new("tests")).unwrap());
    let edits: Vec<_> = (0..1_000)
        .map(|number| {
            let node = Arc::clone(&node);
            tokio::spawn(async move { node.edit(move |t| t.insert(number.to_string())).await })
        })
        .collect();
    for edit in edits {
        assert!(edit.await.unwrap().unwrap());
    }
    let stats = node.stats();
    assert_eq!((stats.replica.edits, node.read(|tags| tags.len())), (1_000, 1_000));
    assert!(stats.commits < 500, "{stats:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.redb");
    let open = || Durable::open(RedbStorage::open(&path).unwrap(), Config::default()).unwrap();
    let node: Node<Tags> = Node::start(open(), NodeConfig::new("tests")).unwrap();
    assert!(node.edit(|tags| tags.insert("kept")).await.unwrap());
    node.shutdown().await;
    let durable: Durable<Tags, _> = open();
    assert!(durable.state().contains("kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_one_id_refuse_each_other() {
    let one = node(1, []);
    let twin = node(1, [one.local_addr().unwrap()]);
    eventually(|| one.stats().refused > 0 && twin.stats().refused > 0).await;
    let error = twin.last_error().unwrap();
    assert!(matches!(error.downcast_ref(), Some(GreetingMismatch::SameRun)));
    assert_eq!(error.to_string(), "two replicas share one id");
    assert_eq!((one.stats().connected, twin.stats().connected), (0, 0));
    twin.edit(|tags| tags.insert("still works")).await.unwrap();
}

/// They stayed connected, different and healthy.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_other_types_refuse_each_other_before_anything_is_merged() {
    let durable = Durable::open(Memory::new(NodeId::from_u128(1)), common::config()).unwrap();
    let most: Socketed<GMap<u8, Max<u64>>> = Socketed::start(durable, common::local());
    most.edit(|map| map.entry(1).set(7)).await.unwrap();
    let local = common::local().with_peer(most.local_addr().unwrap());
    let durable = Durable::open(Memory::new(NodeId::from_u128(2)), common::config()).unwrap();
    let least: Socketed<GMap<u8, Min<u64>>> = Socketed::start(durable, local);
    least.edit(|map| map.entry(1).set(5)).await.unwrap();
    eventually(|| most.stats().refused > 0 && least.stats().refused > 0).await;

    let error = least.last_error().unwrap();
    let expected = "the peer replicates another type: at `{value}` it is Min here, and Max there";
    assert_eq!(error.to_string(), expected);
    assert!(matches!(error.downcast_ref(), Some(GreetingMismatch::Type(_))));
    assert_eq!((most.stats().connected, least.stats().connected), (0, 0));
    let dialer = least.health(&Limits::default());
    assert_eq!(dialer.to_string(), "peers that do not fit 1, limit 0");
    let listener = most.health(&Limits::default());
    assert_eq!(listener, Health::Healthy, "anyone could have come");
    assert_eq!(most.read(|map| map.get(&1).copied()), Some(Max::from(7)));
    assert_eq!(least.read(|map| map.get(&1).copied()), Some(Min::from(5)));
}

/// They became one data set for good, when an address was wrong.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_other_data_sets_refuse_each_other() {
    let start = |id, data_set: &str, peers: &[std::net::SocketAddr]| -> Socketed {
        let mut local = peers.iter().copied().fold(common::local(), Local::with_peer);
        local.node.data_set = data_set.to_owned();
        let memory = Memory::new(NodeId::from_u128(id));
        Socketed::start(Durable::open(memory, common::config()).unwrap(), local)
    };
    let live = start(1, "shop", &[]);
    live.edit(|tags| tags.insert("order 17")).await.unwrap();
    let tests = start(2, "shop of the tests", &[live.local_addr().unwrap()]);
    eventually(|| tests.stats().refused > 0 && live.stats().refused > 0).await;
    assert_eq!(
        tests.last_error().unwrap().to_string(),
        "the peer is of the data set \"shop\", and this node of \"shop of the tests\""
    );
    assert_eq!(tests.read(|tags| tags.len()), 0);
    assert!(!tests.health(&Limits::default()).is_healthy());
    let peer = start(3, "shop", &[live.local_addr().unwrap()]);
    eventually(|| has(&peer, "order 17")).await;
    assert!(peer.health(&Limits::default()).is_healthy());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_belongs_to_its_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.redb");
    let start = |data_set: &str| {
        let storage = RedbStorage::open(&path).unwrap();
        let durable = Durable::<Tags, _>::open(storage, Config::default()).unwrap();
        Node::start(durable, NodeConfig::new(data_set))
    };
    let node = start("shop").unwrap();
    node.edit(|tags| tags.insert("order 17")).await.unwrap();
    node.shutdown().await;
    let error = start("attic").unwrap_err();
    assert!(matches!(error, NodeError::DataSet { .. }));
    let expected = "the storage is of the data set \"shop\", and not of \"attic\"";
    assert_eq!(error.to_string(), expected);
    assert!(start("").is_err() && start(&"x".repeat(256)).is_err());
    assert_eq!(start("shop").unwrap().read(|tags| tags.len()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_an_edit_is_the_callers() {
    let node = Arc::new(node(1, []));
    let caller = Arc::clone(&node);
    let edit = async move { caller.edit(|_| -> () { panic!("on purpose") }).await };
    assert!(tokio::spawn(edit).await.unwrap_err().is_panic());
    assert!(node.edit(|tags| tags.insert("goes on")).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_transaction_is_told_and_tried_again() {
    let (storage, fails) = common::Failing::new(1);
    let durable = Durable::open(storage, common::config()).unwrap();
    let one: Socketed = Socketed::start(durable, common::local());
    fails.set(true);
    let error = one.edit(|tags| tags.insert("late")).await.unwrap_err();
    assert!(matches!(error, NodeError::Storage(_)), "{error:?}");
    // It comes now, as a commit of its messages could be the first that fails.
    let two = node(2, [one.local_addr().unwrap()]);
    eventually(|| two.stats().connected == 1).await;
    assert!(has(&one, "late") && !has(&two, "late"), "applied here, and not sent");
    assert!(one.stats().failed_commits > 0);
    for number in 0..500 {
        let error = one.edit(move |tags| tags.insert(number.to_string())).await.unwrap_err();
        assert!(matches!(error, NodeError::Suspended(_)), "{error:?}");
    }
    two.edit(|tags| tags.insert("meanwhile")).await.unwrap();
    assert_eq!(one.read(|tags| tags.len()), 1, "what is refused does not happen");
    fails.set(false); // a retry comes by itself
    eventually(|| has(&two, "late") && has(&one, "meanwhile")).await;
    assert!(one.edit(|tags| tags.insert("goes on")).await.unwrap());
    eventually(|| has(&two, "goes on")).await;
    assert_eq!(two.read(|tags| tags.len()), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_connections_are_kept_and_dead_ones_are_not() {
    let timeout = Duration::from_millis(300);
    let start = |id, mut local: Local| -> Socketed {
        // It has nothing to say: no sync is due for an hour.
        let quiet = common::config().with_sync_interval(Duration::from_secs(3600));
        let memory = Memory::new(NodeId::from_u128(id));
        local.tcp = local.tcp.with_idle_timeout(timeout);
        Socketed::start(Durable::open(memory, quiet).unwrap(), local)
    };
    let one = start(1, common::local());
    let two = start(2, common::local().with_peer(one.local_addr().unwrap()));
    eventually(|| one.stats().connected == 1 && two.stats().connected == 1).await;
    let silent = tokio::net::TcpStream::connect(one.local_addr().unwrap()).await.unwrap();
    let is_silent = || {
        let error = one.last_error();
        let error = error.as_deref().and_then(|error| error.downcast_ref());
        matches!(error, Some(ConnectionError::Silent))
    };
    eventually(is_silent).await;
    drop(silent);
    tokio::time::sleep(timeout * 2).await;
    assert_eq!((one.stats().connected, two.stats().connected), (1, 1));
    assert!(two.last_error().is_none(), "the first connection still holds");
}

#[tokio::test]
async fn one_thread_is_enough() {
    let one = node(1, []);
    let two = node(2, [one.local_addr().unwrap()]);
    one.edit(|tags| tags.insert("red")).await.unwrap();
    eventually(|| has(&two, "red")).await;
    one.shutdown().await;
    two.shutdown().await;
}

#[tokio::test]
async fn frames_must_hold_the_messages() {
    let memory = Memory::new(NodeId::from_u128(1));
    let durable: Durable<Tags, _> = Durable::open(memory, Config::default()).unwrap();
    let config = NodeConfig::new("tests").with_max_message(1_000);
    let error = Node::start(durable, config).unwrap_err();
    assert_eq!(error.to_string(), "max_message is less than that of the replica");
    let node = node(1, []);
    let config = TcpConfig::default().with_max_frame(1_000);
    let error = Tcp::start(&node, config).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let one = node(1, []);
    let memory = Memory::new(NodeId::from_u128(2));
    let durable: Durable<Tags, _> = Durable::open(memory, Config::default()).unwrap();
    let two = Node::start(durable, NodeConfig::new("tests")).unwrap();
    let config = TcpConfig::default().with_listen(one.local_addr().unwrap());
    assert_eq!(Tcp::start(&two, config).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}
