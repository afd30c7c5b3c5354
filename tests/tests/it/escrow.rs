//! A bounded counter keeps its promise in every interleaving, over all events wherever they are.

mod lives;

use rejoin_core::{Crdt, Edit};
use rejoin_counters::{BoundedCounter, SpendError};
use rejoin_tests::oracle::{History, Seen, Spec, id};
use rejoin_tests::rng::Rng;
use rejoin_tests::spec::{BoundedOp, rights, total};

const REPLICAS: usize = 3;

struct Run {
    history: History<BoundedCounter>,
    replicas: Vec<(BoundedCounter, Seen)>,
    /// Deltas, which may come late, twice, in any order, or never.
    sent: Vec<(BoundedCounter, Seen)>,
}

impl Run {
    /// Tells whether the operation was refused.
    fn edit(&mut self, at: usize, op: BoundedOp) -> bool {
        let (real, seen) = &mut self.replicas[at];
        let held = rights(at, &self.history.live(seen));
        assert_eq!(
            i128::try_from(real.available(id(at).node())),
            Ok(held),
            "not exact at its owner"
        );
        let mut refused = false;
        let delta = real.edit(id(at), |counter| {
            let (by, result) = match op {
                BoundedOp::Up(by) => {
                    assert!(counter.increment(u64::from(by)).is_some());
                    return;
                }
                BoundedOp::Down(by) => (by, counter.decrement(u64::from(by))),
                BoundedOp::Give(to, by) => (by, counter.transfer(id(to).node(), u64::from(by))),
            };
            // Neither spends more than there is, nor is anything refused that is there.
            refused = i128::from(by) > held;
            let available = u128::try_from(held).expect("rights are never negative");
            let refusal = SpendError::Insufficient { available };
            assert_eq!(result, if refused { Err(refusal) } else { Ok(()) });
        });
        let mut said = Seen::default();
        self.history.record(at, &op, seen, &mut said);
        assert_eq!(delta == BoundedCounter::new(), said == Seen::default());
        self.sent.push((delta, said));
        refused
    }

    fn deliver(&mut self, at: usize, (real, seen): (BoundedCounter, Seen)) {
        self.replicas[at].0.merge(real);
        self.replicas[at].1.union(&seen);
    }

    /// What is true, whether or not anyone knows it.
    fn check(&self) {
        let all: Seen = (0..self.history.events().len()).collect();
        let all = self.history.live(&all);
        assert!(total(&all) >= 0, "below zero");
        let held: Vec<i128> = (0..REPLICAS).map(|replica| rights(replica, &all)).collect();
        assert!(held.iter().all(|rights| *rights >= 0));
        assert_eq!(held.iter().sum::<i128>(), total(&all), "rights are lost or made up");
    }
}

#[test]
fn the_total_stays_above_zero_and_rights_are_exact() {
    let cases = std::env::var("REJOIN_CASES").ok().and_then(|cases| cases.parse().ok());
    let (mut refusals, mut edits) = (0, 0);
    for seed in 0..cases.unwrap_or(2_000) {
        let mut rng = Rng::new(seed);
        let mut run = Run {
            history: History::new(),
            replicas: vec![Default::default(); REPLICAS],
            sent: Vec::new(),
        };
        for _ in 0..60 {
            let at = rng.below(REPLICAS);
            match rng.below(10) {
                0..5 => {
                    let op = BoundedCounter::op(&mut rng);
                    refusals += u32::from(run.edit(at, op));
                    edits += 1;
                }
                5..8 if !run.sent.is_empty() => {
                    let parcel = run.sent[rng.below(run.sent.len())].clone();
                    run.deliver(at, parcel);
                }
                8 => {
                    let state = run.replicas[rng.below(REPLICAS)].clone();
                    run.deliver(at, state);
                }
                _ => run.sent.push(run.replicas[at].clone()), // a snapshot, to be stale
            }
            run.check();
        }
        for at in 0..REPLICAS {
            run.sent.clone().into_iter().for_each(|parcel| run.deliver(at, parcel));
            let events: Seen = (0..run.history.events().len()).collect();
            let (real, seen) = &run.replicas[at];
            assert_eq!(*seen, events, "all was sent");
            let all = run.history.live(seen);
            assert_eq!(real.value(), total(&all));
            for replica in 0..REPLICAS {
                let held = rights(replica, &all);
                assert_eq!(i128::try_from(real.available(id(replica).node())), Ok(held));
            }
        }
    }
    assert!(refusals * 10 > edits && refusals * 2 < edits, "{refusals} of {edits} were refused");
}
