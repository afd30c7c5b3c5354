//! Planted faults that the lives have to notice.

use std::collections::BTreeMap;

use super::*;

/// What each replica has made, given to which node, and spent.
#[derive(Default)]
struct Ledger {
    made: BTreeMap<ReplicaId, u64>,
    given: BTreeMap<(ReplicaId, NodeId), u64>,
    spent: BTreeMap<ReplicaId, u64>,
}

type Entries = (Vec<(ReplicaId, u64)>, Vec<(ReplicaId, NodeId, u64)>, Vec<(ReplicaId, u64)>);

impl Ledger {
    /// The entries, each under the replica that `run` gives for its own.
    fn of(counter: &BoundedCounter, run: impl Fn(ReplicaId) -> ReplicaId) -> Self {
        let bytes = rejoin_codec::to_vec(counter).expect("bytes");
        let (made, given, spent): Entries = rejoin_codec::from_slice(&bytes).expect("entries");
        let mut ledger = Self::default();
        for (by, count) in made {
            *ledger.made.entry(run(by)).or_default() += count;
        }
        for (from, to, count) in given {
            *ledger.given.entry((run(from), to)).or_default() += count;
        }
        for (by, count) in spent {
            *ledger.spent.entry(run(by)).or_default() += count;
        }
        ledger
    }

    fn into_counter(self) -> BoundedCounter {
        let given = self.given.into_iter().map(|((from, to), count)| (from, to, count));
        let made = self.made.into_iter().collect();
        let entries: Entries = (made, given.collect(), self.spent.into_iter().collect());
        let bytes = rejoin_codec::to_vec(&entries).expect("bytes");
        rejoin_codec::from_slice(&bytes).expect("a counter")
    }
}

fn caught(retire: Retire, told: &str) {
    let failures: Vec<String> =
        (0..300).filter_map(|seed| World::run(seed, retire).err()).collect();
    assert!(failures.iter().any(|why| why.contains(told)), "{failures:?}");
}

/// As the counter itself did: the entries of one run, whatever its node did in other runs.
#[test]
fn rights_that_go_without_what_another_run_spent_of_them() {
    caught(
        |counter, departed, heir| {
            let run = |run| if run == departed { heir } else { run };
            let mut ledger = Ledger::of(counter, run);
            ledger.given.retain(|(from, to), _| from.node() != *to);
            *counter = ledger.into_counter();
            Ok(())
        },
        "rights were spent twice",
    );
}

/// What the departed gave to its heir counts as made by it.
#[test]
fn rights_that_are_made_by_a_transfer_between_the_two() {
    caught(
        |counter, departed, heir| {
            let (own, other) = (departed.node(), heir.node());
            let mut retired = counter.clone();
            retired.retire(departed, heir)?;
            let between = Ledger::of(counter, |run| run).given.into_iter();
            let between = between.filter(|((from, to), _)| {
                (from.node(), *to) == (own, other) || (from.node(), *to) == (other, own)
            });
            let mut ledger = Ledger::of(&retired, |run| run);
            let sum: u64 = between.map(|(_, count)| count).sum();
            if sum > 0 {
                *ledger.made.entry(heir).or_default() += sum;
            }
            *counter = ledger.into_counter();
            Ok(())
        },
        "became",
    );
}

/// The rights of the departed are dropped with its entries.
#[test]
fn rights_that_are_lost() {
    caught(
        |counter, departed, heir| {
            let mut kept = Ledger::of(counter, |run| run);
            kept.made.remove(&departed);
            counter.clone().retire(departed, heir)?;
            *counter = kept.into_counter();
            Ok(())
        },
        "became",
    );
}
