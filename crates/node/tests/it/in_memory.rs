//! Two nodes over a transport of a few lines: channels in memory.

use std::time::{Duration, Instant};

use rejoin_durable::{Config, Durable, Memory, NodeId, Storage};
use rejoin_node::{Greeting, Node, NodeConfig, NodeError, Refused, Transport};
use rejoin_observe::{Excess, Limits};
use rejoin_sets::{AwSet, Causal};
use tokio::sync::mpsc;

type Tags = Causal<AwSet<String>>;

fn node(id: u128) -> Node<Tags> {
    let config = Config::default().with_sync_interval(Duration::from_millis(50));
    let durable = Durable::open_as(Memory::new(NodeId::from_u128(id)), 0, config).unwrap();
    Node::start(durable, NodeConfig::new("tests")).unwrap()
}

/// One end of a connection to a peer that has greeted, until the node stops.
async fn carry(
    transport: Transport,
    [told, heard]: [Greeting; 2],
    dialed: bool,
    to: mpsc::Sender<Vec<u8>>,
    mut from: mpsc::Receiver<Vec<u8>>,
) {
    let Ok(mut link) = transport.open(&told, &heard, dialed).await else { return };
    let (stopped, closed) = (transport.stopped(), link.closed());
    let (incoming, mut messages) = link.split();
    loop {
        tokio::select! {
            () = stopped.cancelled() => return,
            () = closed.cancelled() => return,
            Some(message) = messages.next() => {
                if to.send(message.to_vec()).await.is_err() {
                    return;
                }
            }
            Some(message) = from.recv() => {
                if !incoming.deliver(message.as_slice().into()).await {
                    return;
                }
            }
        }
    }
}

fn connect(a: &Node<Tags>, b: &Node<Tags>) {
    let (to_b, from_a) = mpsc::channel(8);
    let (to_a, from_b) = mpsc::channel(8);
    let (at_a, at_b) = (a.transport(), b.transport());
    let greetings = [at_a.greeting(), at_b.greeting()];
    let mirrored = [at_b.greeting(), at_a.greeting()];
    at_a.spawn(carry(at_a.clone(), greetings, true, to_b, from_b));
    at_b.spawn(carry(at_b.clone(), mirrored, false, to_a, from_a));
}

async fn eventually(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "never happened");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn has(node: &Node<Tags>, tag: &str) -> bool {
    node.read(|tags| tags.contains(tag))
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_converge_over_any_transport() {
    let (a, b) = (node(1), node(2));
    connect(&a, &b);
    a.edit(|tags| tags.insert("from a")).await.unwrap();
    b.edit(|tags| tags.insert("from b")).await.unwrap();
    eventually(|| has(&a, "from b") && has(&b, "from a")).await;
    assert_eq!((a.stats().connected, b.stats().connected), (1, 1));
    b.shutdown().await;
    eventually(|| a.stats().connected == 0).await;
    a.edit(|tags| tags.remove("from b")).await.unwrap();
    a.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_links_to_a_peer_the_preferred_one_is_kept() {
    let a = node(1);
    let (told, peer) = (a.transport().greeting(), node(2).transport().greeting());
    let kept = a.transport().open(&told, &peer, true).await.unwrap(); // by the lower id
    let Err(Refused::Redundant(other)) = a.transport().open(&told, &peer, false).await else {
        panic!("there is a better one");
    };
    assert!(!other.is_cancelled());
    drop(kept);
    other.cancelled().await;
    let other = a.transport().open(&told, &peer, false).await.unwrap();
    let better = a.transport().open(&told, &peer, true).await.unwrap();
    other.closed().cancelled().await;
    assert!(!better.closed().is_cancelled());
    let transport = a.transport();
    a.shutdown().await;
    assert!(matches!(transport.open(&told, &peer, true).await, Err(Refused::Stopped)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_refused_closes_the_link() {
    let a = node(1);
    let (told, peer) = (a.transport().greeting(), node(2).transport().greeting());
    let mut link = a.transport().open(&told, &peer, true).await.unwrap();
    let closed = link.closed();
    let (incoming, _messages) = link.split();
    assert!(incoming.deliver(b"no message"[..].into()).await);
    closed.cancelled().await;
    assert_eq!(a.stats().refused, 1);
    let error = a.last_error().unwrap();
    assert_eq!(error.to_string(), "the peer sent a message that was refused");
    assert_eq!(error.source().unwrap().to_string(), "message cannot be read");
}

#[tokio::test]
async fn a_node_that_cannot_carry_what_its_replica_sends_does_not_start() {
    let durable: Durable<Tags, _> =
        Durable::open(Memory::new(NodeId::from_u128(1)), Config::default()).unwrap();
    let error = Node::start(durable, NodeConfig::new("tests").with_max_message(1_000)).unwrap_err();
    assert!(matches!(error, NodeError::Config(_)), "{error}");
}

#[tokio::test]
async fn a_node_that_may_lack_what_it_had_acknowledged_is_not_healthy() {
    let mut disk = Memory::new(NodeId::from_u128(1));
    disk.append(b"\x01no record").unwrap();
    let durable = Durable::open(disk, Config::default()).unwrap();
    let node: Node<Tags> = Node::start(durable, NodeConfig::new("tests")).unwrap();
    node.edit(|tags| tags.insert("it works on")).await.unwrap();
    assert_eq!((node.stats().unreadable, node.report().unreadable), (1, 1));
    let health = node.health(&Limits::default());
    assert_eq!(health.excesses(), [Excess::Unreadable { records: 1 }]);
    assert_eq!(health.to_string(), "unreadable records 1, limit 0");
}
