//! What operators do to voters, over sockets.

use std::time::Duration;

use rejoin_durable::{Durable, Memory};
use rejoin_node::{NodeError, Objects};
use rejoin_observe::{Excess, Limits};
use rejoin_quorum::{InvalidVoters, Level, NotVoting, QuorumConfig, Single};
use rejoin_store::NodeId;

use super::common::{Socketed, Tags, config, eventually, local};

const SOON: Duration = Duration::from_secs(20);

fn id(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

type Member = (Socketed, Objects<Tags, Single>);

/// A node that dials these, and declares these voters.
async fn member(number: u128, peers: &[&Member], voters: &[u128]) -> Member {
    member_on(Memory::new(id(number)), peers, voters).await
}

async fn member_on(disk: Memory, peers: &[&Member], voters: &[u128]) -> Member {
    let durable = Durable::open(disk, config()).unwrap();
    let dial =
        |at, peer: &&Member| super::common::Local::with_peer(at, peer.0.local_addr().unwrap());
    let node = Socketed::start(durable, peers.iter().fold(local(), dial));
    let quorum = QuorumConfig::default().with_run_timeout(Duration::from_millis(300));
    let voters: Vec<NodeId> = voters.iter().copied().map(id).collect();
    let objects = node.objects(voters, quorum).await.unwrap();
    (node, objects)
}

async fn insert(member: &Member, tag: &'static str) {
    let edit = move |tags: &mut <Tags as rejoin_core::Edit>::Cursor<'_>| tags.insert(tag);
    member.1.edit(Level::Strong, SOON, edit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voter_with_an_older_disk_says_so_and_votes_once_the_others_have_recorded_it() {
    let one = member(1, &[], &[1, 2, 3]).await;
    let two = member(2, &[&one], &[1, 2, 3]).await;
    let three = member(3, &[&one, &two], &[1, 2, 3]).await;
    eventually(|| [&one, &two, &three].iter().all(|member| member.0.stats().connected == 2)).await;
    for tag in ["red", "green", "blue"] {
        insert(&two, tag).await;
    }
    three.0.set_isolated(true);
    eventually(|| two.0.stats().connected == 1).await;
    one.0.shutdown().await;

    // Only one of the others is there, and two have to record it.
    let one = member(1, &[&two], &[1, 2, 3]).await;
    eventually(|| matches!(one.0.not_voting(), Some(NotVoting::Behind { .. }))).await;
    let health = one.0.health(&Limits::default());
    assert!(matches!(health.excesses(), [Excess::NotVoting { .. }]), "{health}");
    let brief = Duration::from_millis(100);
    assert!(two.1.read((), Level::Strong, brief).await.is_err());

    three.0.add_peer(one.0.local_addr().unwrap());
    three.0.set_isolated(false);
    eventually(|| one.0.not_voting().is_none()).await;
    let tags = one.1.read((), Level::Strong, SOON).await.unwrap();
    assert_eq!(tags.iter().count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_declares_other_voters_is_refused() {
    let one = member(1, &[], &[1, 2]).await;
    let two = member(2, &[&one], &[1, 2]).await;
    eventually(|| two.0.stats().connected == 1).await;
    insert(&one, "red").await;
    let three = member(3, &[&one, &two], &[1, 3]).await;
    eventually(|| three.0.stats().refused > 0 && one.0.stats().refused > 0).await;
    eventually(|| matches!(three.0.not_voting(), Some(NotVoting::OtherVoters { .. }))).await;
    let sentence = one.0.last_error().unwrap().to_string();
    assert!(sentence.contains(&format!("{{{}, {}}}", id(1), id(3))), "{sentence}");
    assert!(sentence.contains(&format!("{{{}, {}}}", id(1), id(2))), "{sentence}");
    assert_eq!(one.0.not_voting(), None);
    insert(&one, "green").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_voter_is_refused_with_the_voter() {
    let disk = Memory::new(id(1));
    let one = member_on(disk.clone(), &[], &[1, 2]).await;
    let two = member(2, &[&one], &[1, 2]).await;
    eventually(|| one.0.stats().connected == 1 && two.0.stats().connected == 1).await;
    let copy = member_on(disk, &[&two], &[1, 2]).await;
    eventually(|| matches!(copy.0.not_voting(), Some(NotVoting::TwoRuns { .. }))).await;
    eventually(|| matches!(one.0.not_voting(), Some(NotVoting::TwoRuns { .. }))).await;
    copy.0.shutdown().await;
    eventually(|| one.0.not_voting().is_none()).await;
    insert(&two, "red").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn voters_that_are_not_there_are_named() {
    let one = member(1, &[], &[1]).await;
    let error = one.1.change_voters([1, 2, 3].map(id), SOON).await.unwrap_err();
    let NodeError::Voters(InvalidVoters::Absent(absent)) = error else { panic!("{error}") };
    assert_eq!(absent, [2, 3].map(id));
    insert(&one, "red").await;
    let error = one.1.abort_change(SOON).await.unwrap_err();
    assert!(matches!(error, NodeError::Voters(InvalidVoters::NotJoint)), "{error}");
}
