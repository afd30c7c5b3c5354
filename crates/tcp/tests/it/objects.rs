//! Quorum and strong operations between nodes.

use std::time::Duration;

use rejoin_core::Causal;
use rejoin_durable::{Durable, Memory};
use rejoin_maps::GMap;
use rejoin_node::{NodeError, Objects};
use rejoin_quorum::{ByKey, Level, OperationError, Quorum, QuorumConfig, Single};
use rejoin_sets::AwSet;
use rejoin_store::NodeId;

use super::common::{Failing, Socketed, Tags, config, eventually, has, local, node};

type Shelves = GMap<String, Causal<AwSet<u64>>>;

const SOON: Duration = Duration::from_secs(20);
const BRIEFLY: Duration = Duration::from_millis(200);
const MAJORITY: Level = Level::Quorum(Quorum::Majority);

fn id(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

type Member = (Socketed<Shelves>, Objects<Shelves, ByKey>);

/// Nodes that know each other, of which the first three are voters.
async fn members(numbers: std::ops::RangeInclusive<u128>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for number in numbers {
        let durable = Durable::open(Memory::new(id(number)), config()).unwrap();
        let mut at = local();
        for (other, _) in &members {
            at = at.with_peer(other.local_addr().unwrap());
        }
        let node = Socketed::start(durable, at);
        let objects = node.objects([1, 2, 3].map(id), QuorumConfig::default()).await.unwrap();
        members.push((node, objects));
    }
    let others = members.len() as u64 - 1;
    eventually(|| members.iter().all(|(node, _)| node.stats().connected == others)).await;
    members
}

async fn insert(
    objects: &Objects<Shelves, ByKey>,
    book: u64,
    level: Level,
) -> Result<(), NodeError> {
    let edit = move |shelves: &mut rejoin_maps::GMapCursor<'_, String, Causal<AwSet<u64>>>| {
        shelves.entry("A").insert(book);
    };
    objects.edit(level, SOON, edit).await
}

async fn books(objects: &Objects<Shelves, ByKey>, level: Level) -> Vec<u64> {
    objects.read("A".to_owned(), level, SOON).await.unwrap().iter().copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_written_every_other_one_reads_at_once() {
    let members = members(1..=4).await;
    for (round, level) in
        [Level::Strong, MAJORITY, Level::Quorum(Quorum::All)].into_iter().enumerate()
    {
        for (index, (_, objects)) in members.iter().enumerate() {
            let book = (round * 10 + index) as u64;
            insert(objects, book, level).await.unwrap();
            for (_, reader) in &members {
                assert!(books(reader, level).await.contains(&book));
            }
        }
    }
    let report = members[0].0.report();
    let counted = [report.write_latency, report.read_latency].map(|latency| latency.unwrap().count);
    assert_eq!(counted, [3, 12]);
    // And in the end everybody has it, voter or not.
    eventually(|| {
        let all = members.iter().map(|(node, _)| node.read(Clone::clone)).collect::<Vec<_>>();
        all.windows(2).all(|pair| pair[0] == pair[1])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minority_is_not_missed_and_a_majority_is() {
    let mut members = members(1..=3).await;
    members.pop().unwrap().0.shutdown().await;
    insert(&members[0].1, 1, Level::Strong).await.unwrap();
    assert_eq!(books(&members[1].1, Level::Strong).await, [1]);
    let all = Level::Quorum(Quorum::All);
    let error = members[0].1.read("A".to_owned(), all, BRIEFLY).await.unwrap_err();
    let NodeError::Operation(OperationError::Unanswered(answers)) = error else {
        panic!("{error}")
    };
    assert_eq!((answers.answered.len(), &answers.silent[..]), (2, &[id(3)][..]));

    members.pop().unwrap().0.shutdown().await;
    let edit = |shelves: &mut rejoin_maps::GMapCursor<'_, String, Causal<AwSet<u64>>>| {
        shelves.entry("A").insert(2);
    };
    let error = members[0].1.edit(Level::Strong, BRIEFLY, edit).await.unwrap_err();
    assert!(matches!(error, NodeError::Operation(OperationError::Indeterminate(_))), "{error}");
    // It may still take effect, and here it has.
    assert!(members[0].0.read(|shelves| shelves.get("A").unwrap().contains(&2)));
    let four = Level::Quorum(Quorum::Of(4));
    let error = members[0].1.read("A".to_owned(), four, BRIEFLY).await.unwrap_err();
    assert!(matches!(error, NodeError::Operation(OperationError::TooFewVoters { .. })), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_voter_takes_the_place_of_a_lost_one() {
    let mut members = members(1..=4).await;
    insert(&members[0].1, 1, Level::Strong).await.unwrap();
    drop(members.remove(2));
    let voters = members[1].1.change_voters([1, 2, 4].map(id), SOON).await.unwrap();
    assert_eq!(voters.iter().collect::<Vec<_>>(), [1, 2, 4].map(id));
    insert(&members[1].1, 2, Level::Strong).await.unwrap();
    drop(members.remove(0)); // what is left is a majority of the new ones, and none of the old ones
    assert_eq!(books(&members[1].1, Level::Strong).await, [1, 2]);
    assert_eq!(members[1].1.voters().await.unwrap(), voters);
    let none = members[1].1.change_voters([], SOON).await.unwrap_err();
    assert!(matches!(none, NodeError::Voters(_)), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_value_is_one_object_and_who_has_not_asked_for_objects_does_not_mind() {
    let one = node(1, []);
    let two = node(2, [one.local_addr().unwrap()]);
    let three = node(3, [one.local_addr().unwrap(), two.local_addr().unwrap()]);
    let voters = [1, 2].map(id);
    let at_one = one.objects::<Single>(voters, QuorumConfig::default()).await.unwrap();
    let at_three = three.objects::<Single>(voters, QuorumConfig::default()).await.unwrap();
    let edit = |tags: &mut <Tags as rejoin_core::Edit>::Cursor<'_>| tags.insert("red");
    let error = at_one.edit(Level::Strong, BRIEFLY, edit).await.unwrap_err();
    assert!(matches!(error, NodeError::Operation(OperationError::Indeterminate(_))), "{error}");
    assert!(has(&one, "red") && two.stats().refused == 0);

    let at_two = two.objects::<Single>(voters, QuorumConfig::default()).await.unwrap();
    let again = two.objects::<Single>(voters, QuorumConfig::default()).await.unwrap_err();
    assert!(matches!(again, NodeError::HasObjects), "{again}");
    at_two.edit(Level::Strong, SOON, |tags| tags.insert("blue")).await.unwrap();
    let tags = at_three.read((), Level::Strong, SOON).await.unwrap();
    assert!(tags.contains("blue"));
    assert!(has(&three, "blue")); // what was read is here too
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_disk_that_fails_is_told_in_time() {
    let (storage, switch) = Failing::new(1);
    let node: Socketed = Socketed::start(Durable::open(storage, config()).unwrap(), local());
    let objects = node.objects::<Single>([id(1)], QuorumConfig::default()).await.unwrap();
    objects.edit(Level::Strong, SOON, |tags| tags.insert("green")).await.unwrap();
    switch.set(true);
    let edit = objects.edit(Level::Strong, BRIEFLY, |tags| tags.insert("red"));
    let error = tokio::time::timeout(SOON, edit).await.unwrap().unwrap_err();
    assert!(matches!(error, NodeError::Operation(OperationError::Indeterminate(_))), "{error}");
    // A later operation is refused at once, and nothing of it happens.
    let edit = objects.edit(Level::Strong, Duration::MAX, |tags| tags.insert("blue"));
    let error = tokio::time::timeout(SOON, edit).await.unwrap().unwrap_err();
    assert!(matches!(error, NodeError::Suspended(_)), "{error}");
    let read = objects.read((), Level::Strong, Duration::MAX);
    let error = tokio::time::timeout(SOON, read).await.unwrap().unwrap_err();
    assert!(matches!(error, NodeError::Suspended(_)), "{error}");
    assert_eq!(objects.voters().await.unwrap().iter().collect::<Vec<_>>(), [id(1)]);
    switch.set(false);
    let read = async {
        loop {
            match objects.read((), Level::Strong, SOON).await {
                Err(NodeError::Suspended(_)) => tokio::time::sleep(BRIEFLY).await,
                read => break read,
            }
        }
    };
    let tags = tokio::time::timeout(SOON, read).await.unwrap().unwrap();
    assert!(tags.contains("red") && !tags.contains("blue"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_strong_edit_is_the_callers() {
    let one = node(1, []);
    let objects = one.objects::<Single>([id(1)], QuorumConfig::default()).await.unwrap();
    let edit = async move {
        let edit = |tags: &mut <Tags as rejoin_core::Edit>::Cursor<'_>| {
            tags.insert("before");
            panic!("planted");
        };
        objects.edit::<()>(Level::Strong, SOON, edit).await
    };
    assert!(tokio::spawn(edit).await.unwrap_err().is_panic());
    assert!(!has(&one, "before"));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_are_longer_than_a_message_are_written_and_read_at_every_level() {
    let members = members(1..=4).await;
    let random = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for (round, level) in [Level::Strong, MAJORITY].into_iter().enumerate() {
        // Each edit is nearly three times as long as a message, and what is read is longer.
        for (index, (_, objects)) in members.iter().enumerate().skip(1).step_by(2) {
            let first = (round * 10 + index) as u64 * 20_000;
            let add =
                move |shelves: &mut rejoin_maps::GMapCursor<'_, String, Causal<AwSet<u64>>>| {
                    (first..first + 20_000).for_each(|number| {
                        shelves.entry("A").insert(random(number));
                    });
                };
            objects.edit(level, SOON, add).await.unwrap();
            let reader = &members[(index + 1) % members.len()].1;
            let read = reader.read("A".to_owned(), level, SOON).await.unwrap();
            assert!((first..first + 20_000).all(|number| read.contains(&random(number))));
        }
    }
}
