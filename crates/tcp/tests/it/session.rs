//! Sessions that move from one node to another.

use std::error::Error;
use std::time::Duration;

use rejoin_durable::Durable;
use rejoin_node::NodeError;
use rejoin_redb::RedbStorage;
use rejoin_session::{CausalToken, Guarantees, Session};

use crate::Tags;
use crate::common::{Socketed, config, eventually, has, local, node};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_session_reads_its_writes_wherever_it_goes() {
    let one = node(1, []);
    let two = node(2, [one.local_addr().unwrap()]);
    let nodes = [&one, &two];
    eventually(|| one.stats().connected == 1 && two.stats().connected == 1).await;
    let mut session = Session::new(Guarantees::ALL);
    for n in 0..200 {
        let (here, there) = (nodes[n % 2], nodes[(n + 1) % 2]);
        let tag = format!("tag {n}");
        let inserted = here.edit_in(&mut session, LONG, move |tags| tags.insert(tag)).await;
        assert!(inserted.unwrap());
        let count = there.read_in(&mut session, LONG, |tags| tags.len()).await.unwrap();
        assert_eq!(count, n + 1);
        assert_eq!(session.replica(), Some(there.id()));
    }
    // As text, to a client and back.
    let token: CausalToken = session.token().to_string().parse().unwrap();
    let mut resumed = Session::resume(Guarantees::ALL, token);
    assert_eq!(one.read_in(&mut resumed, LONG, |tags| tags.len()).await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_says_what_is_missing_and_changes_nothing() {
    let one = node(1, []);
    let two = node(2, [one.local_addr().unwrap()]);
    eventually(|| one.stats().connected == 1 && two.stats().connected == 1).await;
    two.set_isolated(true);
    eventually(|| two.stats().connected == 0).await;
    let mut session = Session::new(Guarantees::ALL);
    one.edit_in(&mut session, LONG, |tags| tags.insert("red")).await.unwrap();
    let before = session.clone();
    let short = Duration::from_millis(50);
    let error = two.read_in(&mut session, short, |tags| tags.len()).await.unwrap_err();
    let NodeError::NotSeen(missing) = &error else { panic!("{error}") };
    assert_eq!(missing.missing.len(), 1);
    assert_eq!(missing.missing[0].replica, one.id());
    assert_eq!(error.to_string(), "the node has not seen enough to serve the session");
    assert!(error.source().unwrap().to_string().contains("writes 1..=1 of"));
    let refused = two.edit_in(&mut session, short, |tags| tags.insert("blue")).await;
    assert!(matches!(refused, Err(NodeError::NotSeen(_))));
    assert_eq!(session, before);
    assert!(!has(&two, "blue"));

    // One that waits is served as soon as the network is back.
    let waiting = two.read_in(&mut session, LONG, |tags| tags.contains("red"));
    two.set_isolated(false);
    assert!(waiting.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_stays_small_though_nodes_restart_often() {
    let one = node(1, []);
    let ids = [1, 2].map(rejoin_store::NodeId::from_u128);
    let mut session = Session::new(Guarantees::ALL);
    let mut memory = rejoin_durable::Memory::new(ids[1]);
    for run in 1..=20 {
        let at = local().with_peer(one.local_addr().unwrap());
        let mut durable = Durable::<Tags, _>::open_as(memory, run, config()).unwrap();
        durable.edit(|tags| tags.insert(format!("run {run}"))).unwrap();
        memory = durable.storage().clone();
        let two = Socketed::start(durable, at);
        eventually(|| has(&one, &format!("run {run}"))).await;
        two.shutdown().await;
    }
    // Once it has noticed that node 2 is gone, it does not know what is on its disk.
    eventually(|| one.settled(ids).is_empty()).await;
    one.read_in(&mut session, LONG, |tags| tags.len()).await.unwrap();
    assert_eq!(session.token().len(), 20);

    let at = local().with_peer(one.local_addr().unwrap());
    let two = Socketed::start(Durable::<Tags, _>::open_as(memory, 21, config()).unwrap(), at);
    eventually(|| one.settled(ids).len() == 20).await;
    session.settle(&one.settled(ids));
    assert!(session.token().is_empty());
    one.edit_in(&mut session, LONG, |tags| tags.insert("new")).await.unwrap();
    assert_eq!(session.token().len(), 1);
    assert!(two.read_in(&mut session, LONG, |tags| tags.contains("new")).await.unwrap());
}

/// A token outlives the processes that it speaks of.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_holds_after_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let storage = RedbStorage::open(folder.path().join("one.redb")).unwrap();
        Socketed::<Tags>::start(Durable::open(storage, config()).unwrap(), local())
    };
    let mut session = Session::new(Guarantees::ALL);
    for n in 0..3 {
        let one = open();
        let tag = n.to_string();
        one.edit_in(&mut session, LONG, move |tags| tags.insert(tag)).await.unwrap();
        one.shutdown().await;
    }
    let one = open();
    let count = one.read_in(&mut session, Duration::ZERO, |tags| tags.len()).await;
    assert_eq!(count.unwrap(), 3);
    let two = node(2, [one.local_addr().unwrap()]);
    assert_eq!(two.read_in(&mut session, LONG, |tags| tags.len()).await.unwrap(), 3);
    assert!(session.token().len() <= 3);
    assert!(two.token().is_met_by(one.token().as_clock()));
}
