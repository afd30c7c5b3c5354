use std::collections::BTreeSet;
use std::mem::size_of;

use rejoin_clocks::{Dot, NodeId, ParseNodeIdError, ParseReplicaIdError, ReplicaId};

use crate::support::{check, dot, id};

#[test]
fn ids_round_trip_through_text_and_bytes() {
    check::<fn(u64, u64) -> bool>(|high, low| {
        let value = (u128::from(high) << 64) | u128::from(low);
        let replica = id(value);
        replica.to_string().parse() == Ok(replica)
            && ReplicaId::from_bytes(*replica.as_bytes()) == replica
            && *replica.as_bytes() == value.to_be_bytes()
    });
}

#[test]
fn ids_sort_as_their_numbers_do() {
    check::<fn((u64, u64), (u64, u64)) -> bool>(|a, b| {
        let value = |(high, low): (u64, u64)| (u128::from(high) << 64) | u128::from(low);
        id(value(a)).cmp(&id(value(b))) == value(a).cmp(&value(b))
    });
}

#[test]
fn ids_read_every_spelling_and_write_one() {
    let spellings = [
        "67E55044-10B1-426F-9247-BB680E5FE0C8",
        "67e5504410b1426f9247bb680e5fe0c8",
        "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
        "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
    ];
    for text in spellings {
        let replica: ReplicaId = text.parse().expect("a UUID");
        assert_eq!(replica.to_string(), "67e55044-10b1-426f-9247-bb680e5fe0c8");
    }
}

#[test]
fn other_text_is_an_error() {
    for text in
        ["", "alice", "67e55044-10b1-426f-9247-bb680e5fe0c", "é7e5504410b1426f9247bb680e5fe0c"]
    {
        let error: ParseReplicaIdError = text.parse::<ReplicaId>().expect_err(text);
        assert_eq!(error.to_string(), "a replica id must be written as a UUID");
    }
}

#[cfg(feature = "std")]
#[test]
fn random_ids_differ() {
    assert_ne!(ReplicaId::random(), ReplicaId::random());
}

#[test]
fn there_is_no_dot_0() {
    assert_eq!(Dot::new(id(1), 0), None);
}

#[test]
fn an_optional_dot_costs_nothing() {
    assert_eq!(size_of::<Option<Dot>>(), size_of::<Dot>());
    assert_eq!(size_of::<Dot>(), 24);
}

#[test]
fn dots_sort_by_replica_then_seq() {
    assert!(dot(1, 9) < dot(2, 1));
    assert!(dot(2, 1) < dot(2, 2));
}

#[test]
fn text_forms() {
    assert_eq!(dot(1, 9).to_string(), "00000000-0000-0000-0000-000000000001:9");
    assert_eq!(format!("{:?}", dot(1, 9)), "Dot(00000000-0000-0000-0000-000000000001:9)");
    assert_eq!(format!("{:?}", id(1)), "ReplicaId(00000000-0000-0000-0000-000000000001)");
}

#[test]
fn runs_share_a_node_and_nothing_else_changes() {
    let node = ReplicaId::from_u128(u128::MAX).node();
    assert_eq!(node.as_bytes()[..6], [0; 6]);
    assert_eq!(node.as_bytes()[6..], [0xff; 10]);
    for incarnation in [0, 1, 0x1234_5678_9abc, (1 << 48) - 1] {
        let run = node.run(incarnation);
        assert_eq!((run.node(), run.incarnation()), (node, incarnation));
        assert_eq!(run.as_bytes()[..6], incarnation.to_be_bytes()[2..]);
        assert_eq!(run.as_bytes()[6..], node.as_bytes()[6..]);
    }
    assert_eq!(node.run(1 << 48), node.run(0), "48 bits are used");
}

#[test]
fn a_replica_id_is_its_node_and_its_incarnation() {
    check::<fn(u64, u64) -> bool>(|high, low| {
        let run = id((u128::from(high) << 64) | u128::from(low));
        run.node().run(run.incarnation()) == run && run.incarnation() == high >> 16
    });
}

#[test]
fn nodes_round_trip_through_text_and_bytes() {
    check::<fn(u64, u64) -> bool>(|high, low| {
        let value = (u128::from(high) << 64) | u128::from(low);
        let node = NodeId::from_u128(value);
        node.to_string().parse() == Ok(node)
            && node.to_string() == node.run(0).to_string()
            && NodeId::from_bytes(*node.as_bytes()) == Some(node)
            && *node.as_bytes() == (value << 48 >> 48).to_be_bytes()
    });
}

#[test]
fn nodes_sort_as_their_numbers_do() {
    check::<fn((u16, u64), (u16, u64)) -> bool>(|a, b| {
        let value = |(high, low): (u16, u64)| (u128::from(high) << 64) | u128::from(low);
        let (one, other) = (NodeId::from_u128(value(a)), NodeId::from_u128(value(b)));
        one.cmp(&other) == value(a).cmp(&value(b))
    });
}

#[test]
fn the_id_of_a_run_is_no_node() {
    let run = NodeId::from_u128(7).run(1);
    assert_eq!(NodeId::from_bytes(*run.as_bytes()), None);
    let error = run.to_string().parse::<NodeId>().expect_err("a run");
    assert_eq!(error, ParseNodeIdError::Run);
    let why = "the id of a run, not of a node: the first 48 bits must be 0";
    assert_eq!(error.to_string(), why);
    let error = "alice".parse::<NodeId>().expect_err("no UUID");
    assert_eq!(error, ParseNodeIdError::Malformed);
    assert_eq!(error.to_string(), "a node id must be written as a UUID");
}

#[test]
fn text_forms_of_nodes() {
    let node = NodeId::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
    assert_eq!(node.to_string(), "00000000-0000-426f-9247-bb680e5fe0c8");
    assert_eq!(format!("{node:?}"), "NodeId(00000000-0000-426f-9247-bb680e5fe0c8)");
}

#[cfg(feature = "std")]
#[test]
fn random_nodes_differ() {
    assert_ne!(NodeId::random(), NodeId::random());
}

#[cfg(feature = "std")]
#[test]
fn fresh_runs_differ() {
    let node = NodeId::random();
    let runs: BTreeSet<ReplicaId> = (0..1_000).map(|_| node.fresh_run()).collect();
    assert_eq!(runs.len(), 1_000);
    assert!(runs.iter().all(|run| run.node() == node));
}
