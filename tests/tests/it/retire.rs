//! A departed replica's entries are handed over, and nothing reads differently.

use rejoin_core::{Causal, Crdt, Diff, Edit, ReplicaId, RetireError};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter, SpendError};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use rejoin_tests::rng::Rng;

type Document = Causal<OrMap<u8, OrMap<u8, AwSet<u8>>>>;

fn id(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number)
}

fn edit(document: &mut Document, writer: ReplicaId, rng: &mut Rng) -> Document {
    let mut any = |bound: u8| rng.small(bound);
    document.edit(writer, |document| match any(6) {
        0 => {
            document.remove(&any(3));
        }
        1 => {
            document.entry(any(3)).remove(&any(3));
        }
        2 => {
            document.entry(any(3)).entry(any(3)).remove(&any(3));
        }
        _ => {
            document.entry(any(3)).entry(any(3)).insert(any(3));
        }
    })
}

/// Two histories, alike but for the hand-over, read the same at every step after it.
#[test]
fn documents_read_the_same_and_go_on_merging() {
    const ARCHIVE: u128 = 99;
    for seed in 0..500 {
        let mut rng = Rng::new(seed);
        let mut plain = [Document::default(), Document::default(), Document::default()];
        for _ in 0..12 {
            let at = rng.below(3);
            let delta = edit(&mut plain[at], id(at as u128 + 1), &mut rng);
            plain[rng.below(3)].merge(delta);
        }
        let all = plain.iter().fold(Document::default(), |mut all, one| {
            all.merge(one.clone());
            all
        });
        plain.fill(all);

        // The third replica departs, and the two that stay hand its writes over.
        let mut retired = [plain[0].clone(), plain[1].clone()];
        for document in &mut retired {
            document.retire(id(3), id(ARCHIVE)).expect("all was seen");
            assert_eq!(document.context().max(id(3)), 0);
            assert_eq!(document.context().len(), plain[0].context().len());
        }
        assert_eq!(retired[0], retired[1]);

        for _ in 0..12 {
            let (at, seed) = (rng.below(2), rng.any());
            let writer = id(at as u128 + 1);
            let one = edit(&mut plain[at], writer, &mut Rng::new(seed));
            let two = edit(&mut retired[at], writer, &mut Rng::new(seed));
            match rng.below(3) {
                0 => {
                    plain[1 - at].merge(one);
                    retired[1 - at].merge(two);
                }
                1 => {
                    let (one, two) = (plain[at].clone(), retired[at].clone());
                    plain[1 - at].merge(one);
                    retired[1 - at].merge(two);
                }
                _ => {
                    let one = plain[at].diff(&plain[1 - at].digest());
                    let two = retired[at].diff(&retired[1 - at].digest());
                    plain[1 - at].merge(one.unwrap_or_default());
                    retired[1 - at].merge(two.unwrap_or_default());
                }
            }
            for (plain, retired) in plain.iter().zip(&retired) {
                assert_eq!(read(plain), read(retired), "seed {seed}");
            }
        }
    }
}

fn read(document: &Document) -> Vec<(u8, u8, u8)> {
    let mut found = Vec::new();
    for (outer, map) in document.iter() {
        for (inner, set) in map.iter() {
            found.extend(set.iter().map(|element| (*outer, *inner, *element)));
        }
    }
    found
}

/// Counters that node 3 has counted in by several runs, alike but for the hand-over of these.
fn counters_read_the_same<T: Edit + Clone + PartialEq>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Rng),
    retire: impl Fn(&mut T, ReplicaId, ReplicaId) -> Result<(), RetireError>,
    value: impl Fn(&T) -> i128,
) {
    for seed in 0..500 {
        let mut rng = Rng::new(seed);
        let mut plain = [T::default(), T::default()];
        for _ in 0..12 {
            let (at, writer) = match rng.below(3) {
                0 => (0, id(1)),
                1 => (1, id(2)),
                _ => (0, id(3).node().run(rng.small(3).into())),
            };
            plain[at].edit(writer, |counter| edit(counter, &mut rng));
            if rng.once_in(3) {
                let other = plain[1 - at].clone();
                plain[at].merge(other);
            }
        }
        let [one, other] = plain.clone();
        plain[0].merge(other);
        plain[1].merge(one);

        let heir = [id(1), id(99), id(3).node().run(7)][rng.below(3)];
        let mut retired = plain.clone();
        for counter in &mut retired {
            (0..3).for_each(|run| {
                retire(counter, id(3).node().run(run), heir).expect("all was seen");
            });
        }
        for _ in 0..12 {
            let (at, seed) = (rng.below(2), rng.any());
            for counters in [&mut plain, &mut retired] {
                let [writer, other] = [at, 1 - at];
                let delta = counters[writer].edit(id(writer as u128 + 1), |counter| {
                    edit(counter, &mut Rng::new(seed));
                });
                if seed % 2 == 0 {
                    counters[other].merge(delta);
                }
            }
            for (plain, retired) in plain.iter().zip(&retired) {
                assert_eq!(value(plain), value(retired), "seed {seed}");
            }
        }
    }
}

#[test]
fn counters_of_many_runs_read_the_same_and_go_on_counting() {
    counters_read_the_same::<GCounter>(
        |counter, rng| _ = counter.increment(rng.small(5).into()),
        GCounter::retire,
        |counter| counter.value() as i128,
    );
    counters_read_the_same::<PnCounter>(
        |counter, rng| {
            counter.increment(rng.small(5).into());
            counter.decrement(rng.small(5).into());
        },
        PnCounter::retire,
        PnCounter::value,
    );
    counters_read_the_same::<Causal<ResetCounter>>(
        |counter, rng| match rng.below(4) {
            0 => _ = counter.reset(),
            _ => _ = counter.add(i64::from(rng.small(9)) - 4),
        },
        Causal::retire,
        |counter| counter.value(),
    );
}

#[test]
fn unseen_writes_are_noticed() {
    let mut there = Causal::<MvRegister<u8>>::default();
    there.edit(id(1), |register| register.set(1));
    let late = there.edit(id(1), |register| register.set(2));
    let mut here = Causal::<MvRegister<u8>>::default();
    here.merge(late);
    let before = here.clone();
    assert_eq!(here.retire(id(1), id(9)), Err(RetireError::Gaps(id(1))));
    assert_eq!(here, before);
    here.merge(there);
    assert_eq!(here.retire(id(1), id(9)), Ok(()));
    assert_eq!(here.get(), Some(&2));
}

#[test]
fn churn_does_not_grow_contexts_and_counters() {
    let archive = id(u128::MAX);
    let mut document = Causal::<OrMap<u8, ResetCounter>>::default();
    let mut visits = GCounter::new();
    let mut stock = PnCounter::new();
    for replica in (1..=1_000).map(id) {
        document.edit(replica, |document| document.entry(1).add(1));
        visits.edit(replica, |visits| visits.increment(1));
        stock.edit(replica, |stock| (stock.increment(3), stock.decrement(2)));
        document.retire(replica, archive).expect("one replica has seen all");
        visits.retire(replica, archive).expect("small numbers");
        stock.retire(replica, archive).expect("small numbers");
    }
    assert_eq!(document.context().run_count(), 1);
    assert_eq!(document.get(&1).map(ResetCounter::value), Some(1_000));
    assert_eq!((visits.value(), visits.iter().count()), (1_000, 1));
    assert_eq!((stock.value(), stock.increments().iter().count()), (1_000, 1));
}

#[test]
fn overflow_changes_nothing() {
    let mut counter = GCounter::new();
    counter.edit(id(1), |counter| counter.increment(u64::MAX));
    counter.edit(id(2), |counter| counter.increment(1));
    let before = counter.clone();
    assert_eq!(counter.retire(id(2), id(1)), Err(RetireError::Exhausted));
    assert_eq!(counter, before);

    let mut counter = PnCounter::new();
    counter.edit(id(1), |counter| (counter.increment(2), counter.decrement(u64::MAX)));
    counter.edit(id(2), |counter| (counter.increment(1), counter.decrement(1)));
    let before = counter.clone();
    assert_eq!(counter.retire(id(2), id(1)), Err(RetireError::Exhausted));
    assert_eq!(counter, before);

    let mut counter = BoundedCounter::new();
    counter.edit(id(1), |counter| (counter.increment(u64::MAX), counter.decrement(1)));
    counter.edit(id(2), |counter| (counter.increment(2), counter.decrement(1)));
    let before = counter.clone();
    assert_eq!(counter.retire(id(2), id(1)), Err(RetireError::Exhausted));
    assert_eq!(counter, before);
}

/// One run counts up, the next down: one without the other would be rights to spend again.
#[test]
fn a_run_does_not_take_the_rights_that_another_run_of_its_node_has_spent() {
    let (first, second, bob) = (id(1).node().run(1), id(1).node().run(2), id(2));
    let mut counter = BoundedCounter::new();
    counter.edit(first, |counter| counter.increment(5));
    counter.edit(second, |counter| counter.decrement(5).expect("those of its node"));
    let before = counter.clone();
    for (departed, other) in [(first, second), (second, first)] {
        let refused = Err(RetireError::OtherRun { departed, other });
        assert_eq!(counter.retire(departed, bob), refused);
        assert_eq!(counter.retire(departed, id(99)), refused, "a grave is another node");
        assert_eq!(counter, before);
    }
    counter.retire(first, second).expect("one node");
    counter.retire(second, bob).expect("the whole node");
    assert_eq!((counter.value(), counter.available(bob.node())), (0, 0));
    counter.edit(bob, |counter| {
        assert_eq!(counter.decrement(5), Err(SpendError::Insufficient { available: 0 }));
    });
}

#[test]
fn rights_in_a_grave_can_be_taken_over() {
    let (alice, bob, grave) = (id(1), id(2), id(99));
    let mut counter = BoundedCounter::new();
    counter.edit(alice, |counter| counter.increment(5));
    counter.edit(bob, |counter| counter.increment(2));
    for gone in [alice, bob] {
        counter.retire(gone, grave).expect("a node of one run");
    }
    assert_eq!((counter.value(), counter.available(grave.node())), (7, 7));
    counter.retire(grave, bob).expect("a node of one run");
    counter.edit(bob, |counter| assert_eq!(counter.decrement(7), Ok(())));
    assert_eq!(counter.value(), 0);
}

/// However often it is started, a node takes as much space as one that never was.
#[test]
fn runs_that_are_over_are_retired_to_their_node() {
    let mut counter = BoundedCounter::new();
    for run in 1..=1_000 {
        counter.edit(id(1).node().run(run), |counter| {
            (counter.increment(3), counter.decrement(1), counter.transfer(id(2).node(), 1))
        });
        counter.edit(id(2).node().run(run), |counter| counter.decrement(1));
        for run in counter.writers() {
            counter.retire(run, run.node().run(0)).expect("one node");
        }
    }
    assert_eq!(counter.writers().collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!((counter.value(), counter.available(id(1).node())), (1_000, 1_000));
}

#[test]
fn rights_stay_where_they_can_be_spent() {
    for seed in 0..2_000 {
        let mut rng = Rng::new(seed);
        let mut counter = BoundedCounter::new();
        for _ in 0..20 {
            let (by, to) = (u64::from(rng.small(5)), id(u128::from(rng.small(3)) + 1));
            counter.edit(id(u128::from(rng.small(3)) + 1), |counter| match rng.below(3) {
                0 => drop(counter.decrement(by)),
                1 => drop(counter.transfer(to.node(), by)),
                _ => drop(counter.increment(by)),
            });
        }
        let mut retired = counter.clone();
        retired.retire(id(3), id(1)).expect("a node of one run");
        assert_eq!(retired.value(), counter.value());
        let both = counter.available(id(1).node()) + counter.available(id(3).node());
        assert_eq!(retired.available(id(1).node()), both, "seed {seed}");
        assert_eq!(retired.available(id(2).node()), counter.available(id(2).node()));
        assert_eq!(retired.available(id(3).node()), 0);
    }
}
