//! Single operations, step by step.

use core::time::Duration;
use std::collections::BTreeSet;

use rejoin_core::{Causal, DotSet, Edit, NodeId, ReplicaId};
use rejoin_quorum::{
    Acceptor, Answers, Coordinator, CoordinatorConfig, Done, Fairness, InvalidVoters, Level,
    OperationError, Outgoing, Quorum, Reply, Request, Success, Voters,
};
use rejoin_store::Time;

type Value = Causal<DotSet>;

const MAJORITY: Level = Level::Quorum(Quorum::Majority);
const DEADLINE: Time = Time::new(Duration::from_secs(1));

fn id(node: u128) -> NodeId {
    NodeId::from_u128(node)
}

fn at(millis: u64) -> Time {
    Time::new(Duration::from_millis(millis))
}

/// A value that this writer has written once.
fn written(by: u128) -> Value {
    let mut value = Value::default();
    value.edit(id(by).run(0), |set| set.write());
    value
}

/// Acceptors 1 to 5, of which the first three are voters, and a coordinator beside the first.
struct Table {
    acceptors: Vec<Acceptor<Value>>,
    coordinator: Coordinator<Value>,
    /// Those that do not answer.
    deaf: BTreeSet<u128>,
    /// How many requests went to each acceptor.
    asked: [usize; 5],
}

impl Table {
    fn new() -> Self {
        Self::with(CoordinatorConfig::new(1))
    }

    fn with(config: CoordinatorConfig) -> Self {
        let voters = Voters::declare([1, 2, 3].map(id)).unwrap();
        Self {
            acceptors: (0..5).map(|_| Acceptor::default()).collect(),
            coordinator: Coordinator::new(id(1), voters, config),
            deaf: BTreeSet::new(),
            asked: [0; 5],
        }
    }

    /// Brings all messages to and fro, over the wire, and everything twice.
    fn talk(&mut self, now: Time) -> Vec<Done<Value>> {
        let me = self.coordinator.node();
        while let Some(Outgoing { to, message }) = self.coordinator.poll_transmit() {
            let number = u128::from_be_bytes(*to.as_bytes());
            let acceptor = &mut self.acceptors[number as usize - 1];
            self.asked[number as usize - 1] += 1;
            if self.deaf.contains(&number) {
                continue;
            }
            let bytes = message.encode().unwrap();
            for _ in 0..2 {
                acceptor.handle(now, me, Request::decode(&bytes).unwrap());
                while let Some(record) = acceptor.pending() {
                    assert!(acceptor.poll_transmit().is_none(), "an answer left too early");
                    acceptor.persisted(record.number);
                }
            }
            while let Some(Outgoing { message, .. }) = acceptor.poll_transmit() {
                let bytes = message.encode().unwrap();
                for _ in 0..2 {
                    self.coordinator.handle(now, to, Reply::decode(&bytes).unwrap());
                }
            }
        }
        core::iter::from_fn(|| self.coordinator.poll_done()).collect()
    }

    fn time_out(&mut self, now: Time) -> Vec<Done<Value>> {
        self.coordinator.handle_timeout(now);
        self.talk(now)
    }
}

/// The result of the only operation that has ended.
fn result(done: Vec<Done<Value>>) -> Result<Success<Value>, OperationError> {
    let [done] = <[_; 1]>::try_from(done).unwrap();
    done.result
}

#[test]
fn an_update_is_confirmed_by_as_many_as_were_asked_for() {
    for (level, needed) in [
        (Level::Eventual, 0),
        (Level::Quorum(Quorum::One), 1),
        (Level::Quorum(Quorum::Of(2)), 2),
        (MAJORITY, 2),
        (Level::Strong, 2),
        (Level::Quorum(Quorum::All), 3),
    ] {
        for deaf in 0..=3 {
            let mut table = Table::new();
            table.deaf = (1..=deaf).collect();
            table.coordinator.update(at(0), written(9), level, DEADLINE);
            let mut done = table.talk(at(0));
            let is_enough = 3 - deaf >= needed;
            assert_eq!(done.len(), usize::from(is_enough), "{level:?}, {deaf} deaf");
            done.extend(table.time_out(DEADLINE));
            let answered = (deaf + 1..=3).map(id).collect();
            let silent = (1..=deaf).map(id).collect();
            let expected = match is_enough {
                true => Ok(Success::Updated),
                false => Err(OperationError::Indeterminate(Answers { answered, silent })),
            };
            assert_eq!(result(done), expected);
            assert!(table.coordinator.is_idle());
        }
    }
}

#[test]
fn more_voters_than_there_are_cannot_be_asked() {
    let mut table = Table::new();
    table.coordinator.update(at(0), written(9), Level::Quorum(Quorum::Of(4)), DEADLINE);
    let error = result(table.talk(at(0))).unwrap_err();
    assert_eq!(error, OperationError::TooFewVoters { wanted: 4, voters: 3 });
    table.coordinator.read(at(0), written(9), Level::Quorum(Quorum::Of(4)), DEADLINE);
    assert!(result(table.talk(at(0))).is_err());
    assert_eq!(table.asked, [0; 5]);
}

#[test]
fn what_got_lost_is_asked_again() {
    for level in [Level::Quorum(Quorum::All), Level::Strong] {
        let mut table = Table::new();
        table.acceptors.iter_mut().for_each(|acceptor| assert!(acceptor.merge(written(9))));
        table.deaf = [1, 2, 3].into();
        table.coordinator.read(at(0), Value::default(), level, DEADLINE);
        table.coordinator.update(at(0), written(8), level, DEADLINE);
        assert_eq!(table.talk(at(0)).len(), 0);
        table.deaf.clear();
        let next = table.coordinator.poll_timeout().unwrap();
        assert!(at(100) < next && next < at(300), "{next}");
        assert_eq!(table.time_out(at(300)).len(), 2, "{level:?}");
    }
}

#[test]
fn a_quorum_read_repairs_its_quorum() {
    // Nobody has anything but the second: "nothing" is repaired like any other difference.
    for quorum in [Quorum::All, Quorum::Majority] {
        for seed in 0..8 {
            let mut table = Table::with(CoordinatorConfig::new(seed));
            table.acceptors[1].merge(written(9));
            table.coordinator.read(at(0), Value::default(), Level::Quorum(quorum), DEADLINE);
            let done = table.talk(at(0));
            let has = |acceptor: &Acceptor<Value>| *acceptor.state() == written(9);
            let asked = [0, 1, 2].map(|voter| table.asked[voter] > 0);
            let saw = asked[1];
            assert_eq!(done[0].round_trips, if saw { 2 } else { 1 });
            assert_eq!(
                result(done),
                Ok(Success::Read(if saw { written(9) } else { Value::default() }))
            );
            for voter in [0, 2] {
                assert_eq!(has(&table.acceptors[voter]), saw && asked[voter]);
            }
        }
    }
}

#[test]
fn a_repair_that_fails_goes_to_another_voter() {
    let mut table = Table::new();
    for acceptor in &mut table.acceptors {
        acceptor.merge(written(9));
    }
    table.acceptors[0] = Acceptor::default();
    table.coordinator.read(at(0), Value::default(), MAJORITY, DEADLINE);
    // The answers arrive, and then the first voter is gone.
    let me = id(1);
    let mut replies = Vec::new();
    while let Some(Outgoing { to, message }) = table.coordinator.poll_transmit() {
        let acceptor = &mut table.acceptors[usize::from(to.as_bytes()[15]) - 1];
        acceptor.handle(at(0), me, message);
        let record = acceptor.pending().map_or(0, |record| record.number);
        acceptor.persisted(record);
        replies.push((to, acceptor.poll_transmit().unwrap().message));
    }
    assert_eq!(replies.len(), 2);
    replies.into_iter().for_each(|(to, reply)| table.coordinator.handle(at(0), to, reply));
    table.deaf = [1].into();
    assert_eq!(table.talk(at(0)).len(), 0);
    assert_eq!(result(table.time_out(at(250))), Ok(Success::Read(written(9))));
}

#[test]
fn a_quorum_read_asks_more_voters_when_some_are_slow() {
    let mut table = Table::new();
    table.deaf = [1].into();
    table.coordinator.read(at(0), Value::default(), MAJORITY, DEADLINE);
    assert_eq!(table.talk(at(0)).len(), 0);
    assert_eq!(table.asked.iter().sum::<usize>(), 2); // as few as needed, itself first
    assert_eq!(table.asked[0], 1);
    assert_eq!(table.time_out(at(249)).len(), 0);
    assert_eq!(result(table.time_out(at(250))), Ok(Success::Read(Value::default())));
    assert!(table.asked[1] > 0 && table.asked[2] > 0);
}

#[test]
fn a_read_that_fails_says_who_has_not_answered() {
    for level in [MAJORITY, Level::Strong] {
        let mut table = Table::new();
        table.deaf = [2, 3].into();
        table.coordinator.read(at(0), Value::default(), level, DEADLINE);
        assert_eq!(table.talk(at(0)).len(), 0);
        table.time_out(at(999));
        let error = result(table.time_out(DEADLINE)).unwrap_err();
        let (answered, silent) = (vec![id(1)], vec![id(2), id(3)]);
        assert_eq!(error, OperationError::Unanswered(Answers { answered, silent }));
        let text = "not enough voters answered: 1 of 3 answered, \
                    not 00000000-0000-0000-0000-000000000002, \
                    00000000-0000-0000-0000-000000000003";
        assert_eq!(error.to_string(), text);
        assert!(table.coordinator.is_idle());
    }
}

#[test]
fn strong_reads_that_wait_share_the_next() {
    let mut table = Table::new();
    let first = table.coordinator.read(at(0), Value::default(), Level::Strong, DEADLINE);
    let sent = core::iter::from_fn(|| table.coordinator.poll_transmit()).count();
    let others: Vec<_> = (10..20)
        .map(|by| table.coordinator.read(at(1), written(by), Level::Strong, DEADLINE))
        .collect();
    let hasty = table.coordinator.read(at(1), Value::default(), Level::Strong, at(2));
    assert_eq!(sent, 3);
    assert!(table.coordinator.poll_transmit().is_none());
    let late = table.time_out(at(2)); // asks again too
    let mut ended: Vec<_> = late.iter().map(|done| (done.operation, done.result.is_ok())).collect();
    ended.extend(table.time_out(at(300)).iter().map(|done| (done.operation, done.result.is_ok())));
    assert_eq!(ended[0], (hasty, false));
    assert_eq!(ended[1], (first, true));
    assert!(ended[2..].iter().copied().eq(others.iter().map(|other| (*other, true))));
    assert_eq!(table.asked, [2, 2, 2, 0, 0]); // for eleven reads
    let expected: BTreeSet<ReplicaId> = (10..20).map(|by| id(by).run(0)).collect();
    assert!(table.acceptors[2].state().context().replicas().eq(expected));
}

#[test]
fn answers_to_an_earlier_life_do_not_count() {
    let mut table = Table::new();
    table.coordinator.read(at(0), Value::default(), Level::Strong, DEADLINE);
    let mut late = Vec::new();
    while let Some(Outgoing { to, message }) = table.coordinator.poll_transmit() {
        let acceptor = &mut table.acceptors[usize::from(to.as_bytes()[15]) - 1];
        acceptor.handle(at(0), id(1), message);
        let record = acceptor.pending().unwrap();
        acceptor.persisted(record.number);
        late.push((to, acceptor.poll_transmit().unwrap().message));
    }
    let voters = table.coordinator.voters().clone();
    table.coordinator = Coordinator::new(id(1), voters, CoordinatorConfig::new(2));
    table.coordinator.read(at(0), Value::default(), Level::Strong, DEADLINE);
    late.into_iter().for_each(|(to, reply)| table.coordinator.handle(at(0), to, reply));
    assert!(table.coordinator.poll_done().is_none());
    assert!(result(table.talk(at(0))).is_ok());
}

#[test]
fn an_acceptor_holds_writes_back_for_a_starving_read_and_not_for_ever() {
    let fairness = Fairness::default().with_from_attempt(1).with_hold(Duration::from_millis(10));
    let mut acceptor = Acceptor::<Value>::new(fairness.with_max_held(2));
    let voters = Voters::declare([id(1)]).unwrap();
    let mut reader = Coordinator::new(id(2), voters.clone(), CoordinatorConfig::new(1));
    let mut writer = Coordinator::new(id(3), voters, CoordinatorConfig::new(2));
    let answers = |acceptor: &mut Acceptor<Value>| {
        if let Some(record) = acceptor.pending() {
            acceptor.persisted(record.number);
        }
        core::iter::from_fn(|| acceptor.poll_transmit()).count()
    };
    reader.read(at(0), Value::default(), Level::Strong, DEADLINE);
    acceptor.handle(at(0), id(2), reader.poll_transmit().unwrap().message);
    assert_eq!(answers(&mut acceptor), 1);
    for by in [7, 8, 9] {
        writer.update(at(1), written(by), Level::Strong, DEADLINE);
        acceptor.handle(at(1), id(3), writer.poll_transmit().unwrap().message);
    }
    assert_eq!(answers(&mut acceptor), 1); // the third, for which there was no room
    assert_eq!(acceptor.poll_timeout(), Some(at(10)));
    for now in [5, 12, 19] {
        reader.handle_timeout(at(now)); // nothing to ask again
        let mut another = reader.clone();
        another.read(at(now), Value::default(), Level::Strong, DEADLINE);
        acceptor.handle_timeout(at(now));
        reader = another;
        while let Some(Outgoing { message, .. }) = reader.poll_transmit() {
            acceptor.handle(at(now), id(2), message);
        }
    }
    assert!(acceptor.poll_timeout().is_none_or(|until| until <= at(20)));
    acceptor.handle_timeout(at(20));
    answers(&mut acceptor);
    assert_eq!(acceptor.state().context().len(), 3);
}

#[test]
fn voters_are_changed_through_both_majorities() {
    let mut table = Table::new();
    table.coordinator.update(at(0), written(9), Level::Strong, DEADLINE);
    assert!(result(table.talk(at(0))).is_ok());
    table.deaf = [2, 3].into(); // a majority of the old ones
    table.coordinator.change_voters(at(0), [1, 4, 5].map(id), DEADLINE).unwrap();
    assert_eq!(table.talk(at(0)).len(), 0);
    assert!(table.coordinator.voters().is_joint());
    let error = result(table.time_out(DEADLINE)).unwrap_err();
    assert!(matches!(error, OperationError::Unanswered(_)));
    let other = table.coordinator.change_voters(DEADLINE, [id(4)], at(9000));
    assert_eq!(other, Err(InvalidVoters::Joint));

    table.deaf = [2].into();
    table.coordinator.change_voters(DEADLINE, [1, 4, 5].map(id), at(9000)).unwrap();
    let Ok(Success::Changed(voters)) = result(table.talk(DEADLINE)) else { panic!("not changed") };
    assert!(!voters.is_joint() && voters.version() == 3 && voters.iter().eq([1, 4, 5].map(id)));
    let brought = table.acceptors[3..].iter().filter(|new| *new.state() == written(9));
    assert!(brought.count() >= 1);

    // Somebody who has not heard of it is told, and goes on.
    let old = Voters::declare([1, 2, 3].map(id)).unwrap();
    table.coordinator.read(DEADLINE, Value::default(), Level::Strong, at(9000));
    assert!(result(table.talk(DEADLINE)).is_ok());
    table.coordinator = Coordinator::new(id(2), old, CoordinatorConfig::new(77));
    table.coordinator.read(DEADLINE, Value::default(), Level::Strong, at(9000));
    assert_eq!(result(table.talk(DEADLINE)), Ok(Success::Read(written(9))));
    assert_eq!(*table.coordinator.voters(), voters);
}

#[test]
fn of_two_changes_at_once_one_is_finished() {
    let mut table = Table::new();
    let voters = table.coordinator.voters().clone();
    let mut other = Coordinator::<Value>::new(id(2), voters, CoordinatorConfig::new(2));
    other.change_voters(at(0), [2, 3, 4].map(id), DEADLINE).unwrap();
    table.coordinator.change_voters(at(0), [1, 2, 5].map(id), DEADLINE).unwrap();
    assert!(result(table.talk(at(0))).is_ok());
    core::mem::swap(&mut table.coordinator, &mut other);
    assert_eq!(table.talk(at(0)).len(), 0);
    // It is refused by all who have gone on, until it hears of the end of the other one.
    other.read(at(1), Value::default(), Level::Strong, DEADLINE);
    core::mem::swap(&mut table.coordinator, &mut other);
    assert!(result(table.talk(at(1))).is_ok());
    core::mem::swap(&mut table.coordinator, &mut other);
    let error = result(table.time_out(at(300))).unwrap_err();
    assert!(matches!(error, OperationError::OtherVoters(_)), "{error}");
}

#[test]
fn voters_are_checked_when_they_are_read() {
    let voters = Voters::declare([1, 2, 3].map(id)).unwrap().to([id(4)]).unwrap();
    let json = serde_json::to_string(&voters).unwrap();
    assert_eq!(serde_json::from_str::<Voters>(&json).unwrap(), voters);
    assert_eq!(Voters::declare([]), Err(InvalidVoters::Empty));
    for bad in [
        r#"{"version":1,"current":[],"next":null}"#,
        r#"{"version":0,"current":["00000000-0000-0000-0000-000000000001"],"next":null}"#,
        r#"{"version":1,"current":["00000000-0000-0000-0000-000000000001"],"next":[]}"#,
    ] {
        assert!(serde_json::from_str::<Voters>(bad).is_err(), "{bad}");
    }
}
