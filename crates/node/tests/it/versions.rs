//! Nodes of several versions of a type, of which each has more variants than the one before.

use std::net::IpAddr;

use rejoin_durable::{Config, Durable, Memory, NodeId, Shape};
use rejoin_node::{Greeting, Node, NodeConfig, Refused};
use rejoin_redb::RedbStorage;
use rejoin_sets::{AwSet, Causal};

use crate::disk::Disk;

type Hosts = Causal<AwSet<IpAddr>>;

fn node(id: u128) -> Node<Hosts> {
    let memory = Memory::new(NodeId::from_u128(id));
    let durable = Durable::open_as(memory, 0, Config::default()).unwrap();
    Node::start(durable, NodeConfig::new("tests")).unwrap()
}

/// The shape of a version whose addresses have a further variant.
fn with_variant(name: &str, of: Shape) -> Shape {
    fn add(shape: &mut Shape, name: &str, of: &Shape) -> usize {
        match shape {
            Shape::Enum(_, variants) => {
                variants.push((name.to_owned(), of.clone()));
                1
            }
            Shape::Optional(inner) | Shape::List(inner) | Shape::Newtype(_, inner) => {
                add(inner, name, of)
            }
            Shape::Map(key, value) => add(key, name, of) + add(value, name, of),
            Shape::Tuple(parts) | Shape::TupleStruct(_, parts) => {
                parts.iter_mut().map(|part| add(part, name, of)).sum()
            }
            Shape::Struct(_, fields) => {
                fields.iter_mut().map(|(_, part)| add(part, name, of)).sum()
            }
            _ => 0,
        }
    }
    let mut shape = Shape::of::<Hosts>();
    assert_eq!(add(&mut shape, name, &of), 1);
    shape
}

/// The greeting of another node, with this in the place of an entry.
fn greeting(id: u128, entry: &str, bytes: &[u8]) -> Greeting {
    let original = node(id).transport().greeting().encode();
    let (head, mut rest) = original.split_at(8);
    let mut changed = head.to_vec();
    while let Some((&length, after)) = rest.split_first() {
        let (name, after) = after.split_at(length.into());
        let (length, after) = after.split_first_chunk().unwrap();
        let (content, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        let content = if name == entry.as_bytes() { bytes } else { content };
        changed.push(name.len() as u8);
        changed.extend_from_slice(name);
        changed.extend_from_slice(&(content.len() as u32).to_le_bytes());
        changed.extend_from_slice(content);
        rest = after;
    }
    Greeting::decode(&changed).unwrap()
}

/// The greeting of a node of another version.
fn of_shape(id: u128, shape: &Shape) -> Greeting {
    greeting(id, "shape", &shape.encode())
}

fn shape<S>(node: &Node<S>) -> Shape {
    Shape::decode(node.transport().greeting().entry("shape").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_fit_this_one_have_to_fit_each_other() {
    let a = node(1);
    let (transport, told) = (a.transport(), a.transport().greeting());
    let (new, other) =
        (with_variant("V8", Shape::of::<u8>()), with_variant("V8", Shape::of::<u16>()));
    let _link = transport.open(&told, &of_shape(2, &new), true).await.unwrap();
    assert_eq!(shape(&a), Shape::of::<Hosts>().union(&new).unwrap());

    let told = a.transport().greeting();
    let refused = transport.open(&told, &of_shape(3, &other), true).await;
    assert!(matches!(refused, Err(Refused::Mismatch)));
    let expected = "the peer replicates another type: \
                    at `store{key}.V8` it is u8 here, and u16 there";
    assert_eq!(a.last_error().unwrap().to_string(), expected);
}

/// What this node knows of one peer it may send to another, which has to know of what version that
/// is.
#[tokio::test(flavor = "multi_thread")]
async fn all_peers_are_told_of_a_version_that_is_accepted() {
    let a = node(1);
    let (transport, told) = (a.transport(), a.transport().greeting());
    let old = node(2).transport().greeting();
    let link = transport.open(&told, &old, true).await.unwrap();
    let closed = link.closed();

    let new = of_shape(3, &with_variant("V8", Shape::of::<u8>()));
    let kept = transport.open(&told, &new, true).await.unwrap();
    closed.cancelled().await;
    drop(link);
    let outdated = transport.open(&told, &old, true).await;
    assert!(matches!(outdated, Err(Refused::Outdated)));
    let told_again = transport.greeting();
    let link = transport.open(&told_again, &old, true).await.unwrap();

    // Of one that is known already there is nothing to say.
    let same = of_shape(4, &with_variant("V8", Shape::of::<u8>()));
    let _another = transport.open(&told_again, &same, true).await.unwrap();
    assert!(!link.closed().is_cancelled() && !kept.closed().is_cancelled());
    // That has said all that could be said to it.
    drop(kept);
    let _again = transport.open(&told, &new, true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_peer_that_is_refused_nothing_is_accepted() {
    let a = node(1);
    let before = shape(&a);
    let new = with_variant("V8", Shape::of::<u8>());
    let own_id = of_shape(1, &new);
    let refused = a.transport().open(&a.transport().greeting(), &own_id, true).await;
    assert!(matches!(refused, Err(Refused::Mismatch)));
    assert_eq!(shape(&a), before);

    let (transport, told) = (a.transport(), a.transport().greeting());
    let _link = transport.open(&told, &node(2).transport().greeting(), true).await.unwrap();
    let refused = transport.open(&told, &of_shape(2, &new), false).await;
    assert!(matches!(refused, Err(Refused::Redundant(_))));
    assert_eq!(shape(&a), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_versions_are_known_after_a_restart() {
    let disk = Disk::default();
    let start = || {
        let storage = RedbStorage::open_with_backend(disk.clone(), NodeId::from_u128(1));
        let storage = storage.unwrap();
        let durable: Durable<Hosts, _> = Durable::open(storage, Config::default()).unwrap();
        Node::start(durable, NodeConfig::new("tests")).unwrap()
    };
    let a = start();
    let new = with_variant("V8", Shape::of::<u8>());
    let link = a.transport().open(&a.transport().greeting(), &of_shape(2, &new), true).await;
    assert!(link.is_ok());
    a.edit(|hosts| hosts.insert("127.0.0.1".parse::<IpAddr>().unwrap())).await.unwrap();
    let known = shape(&a);
    drop(link);
    a.shutdown().await;
    let a = start();
    assert_eq!(shape(&a), known);
    assert_ne!(known, Shape::of::<Hosts>());
    a.shutdown().await;
}
