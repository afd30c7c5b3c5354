use std::collections::BTreeSet;
use std::mem::size_of;

use rejoin_clocks::{Dot, ParseReplicaIdError, ReplicaId};

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
fn incarnations_share_a_node_and_nothing_else_changes() {
    let node = ReplicaId::from_u128(u128::MAX).node();
    assert_eq!(node.as_bytes()[..6], [0; 6]);
    assert_eq!(node.as_bytes()[6..], [0xff; 10]);
    for incarnation in [0, 1, 0x1234_5678_9abc, (1 << 48) - 1] {
        let id = node.with_incarnation(incarnation);
        assert_eq!(id.node(), node);
        assert_eq!(id.as_bytes()[..6], incarnation.to_be_bytes()[2..]);
    }
    assert_eq!(node.with_incarnation(1 << 48), node, "48 bits are used");
}

#[test]
fn fresh_incarnations_differ() {
    let id = ReplicaId::random();
    let runs: BTreeSet<ReplicaId> = (0..1_000).map(|_| id.fresh_incarnation()).collect();
    assert_eq!(runs.len(), 1_000);
    assert!(runs.iter().all(|run| run.node() == id.node()));
}
