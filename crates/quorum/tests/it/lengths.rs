//! How long an object may become.

use core::time::Duration;

use rejoin_core::{Causal, Edit, NodeId};
use rejoin_maps::GMap;
use rejoin_quorum::{ByKey, Level, QuorumConfig, Quorums, Success, Voters};
use rejoin_sets::AwSet;
use rejoin_store::{Config, RefusedEdit, Replica, Time};

use crate::runs::settle;

type Sets = GMap<u8, Causal<AwSet<String>>>;

const ME: NodeId = NodeId::from_u128(1);
const LIMIT: usize = 10_000;
const DEADLINE: Time = Time::new(Duration::from_secs(1));

fn node() -> (Replica<Sets>, Quorums<Sets, ByKey>) {
    let replica = Replica::new(ME.run(1), Config::default());
    let voters = Voters::declare([ME]).unwrap();
    let config = QuorumConfig::default().with_max_message(1_000).with_max_object(LIMIT);
    let quorums = Quorums::new(&replica, voters, config).unwrap();
    (replica, quorums)
}

/// Each edit was short, the object grew beyond what any message may have, and all later reads of it
/// timed out.
#[test]
fn an_object_that_was_written_often_can_be_read() {
    let (mut replica, mut quorums) = node();
    let write = |replica: &mut Replica<Sets>, quorums: &mut Quorums<Sets, ByKey>, key, element| {
        let element = format!("{element:0100}");
        quorums.stage(replica, Level::Strong, DEADLINE, |map| map.entry(key).insert(element))
    };
    let mut written = 0;
    let refused = loop {
        let before = replica.state().clone();
        match write(&mut replica, &mut quorums, 1, written) {
            Ok(_) => written += 1,
            Err(refused) => {
                assert!(*replica.state() == before, "nothing has changed");
                break refused;
            }
        }
        settle(&mut quorums, &mut replica);
        assert_eq!(quorums.poll_ended().unwrap().result, Ok(Success::Updated));
    };
    assert!(matches!(refused, RefusedEdit::TooLong { bytes, limit: LIMIT } if bytes > LIMIT));
    assert!((80..200).contains(&written), "{written} of some 100 bytes");

    quorums.read(1, Level::Strong, DEADLINE);
    settle(&mut quorums, &mut replica);
    let Ok(Success::Read(object)) = quorums.poll_ended().unwrap().result else { panic!() };
    assert_eq!(object.len(), written);

    write(&mut replica, &mut quorums, 2, written).expect("another object has room");
    let clear = |map: &mut <Sets as Edit>::Cursor<'_>| map.entry(1).clear();
    quorums.stage(&mut replica, Level::Strong, DEADLINE, clear).expect("it becomes shorter");
    write(&mut replica, &mut quorums, 1, written).expect("there is room again");
}
