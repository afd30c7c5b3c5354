//! Planted mistakes, each of which the simulator has to notice.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit, NodeId};
use rejoin_sim::{Dice, Faults, Mistake, Network, Run, Violation, Workload, frugal};
use rejoin_store::Config;
use serde::{Deserialize, Serialize};

use crate::oracle::Documents;
use crate::support::{Fault, Faulty};

/// How many seeds each mistake is planted in.
const RUNS: u64 = 12;

/// How many of [`RUNS`] with this mistake the judge finds fault with.
fn noticed(mistake: Option<Mistake>) -> usize {
    let is_noticed = |seed: &u64| {
        let mut run = Run::<Documents>::new(*seed, Faults::harsh());
        for index in 0..run.network().len() {
            mistake.iter().for_each(|mistake| run.network_mut().plant(index, *mistake));
        }
        run.step_random(120);
        run.judge().is_err()
    };
    (0..RUNS).filter(is_noticed).count()
}

#[test]
fn without_a_mistake_nothing_is_noticed() {
    assert_eq!(noticed(None), 0);
}

#[test]
fn a_skipped_persist_is_noticed() {
    // Not in each: most of what is lost on a disk comes back from others.
    assert!(noticed(Some(Mistake::SkipPersist)) > 4);
}

#[test]
fn a_forgotten_acknowledgement_is_noticed() {
    assert_eq!(noticed(Some(Mistake::ForgetAcks)) as u64, RUNS);
    let mut network = Network::<<Documents as Workload>::Value>::new(1, 2, Faults::none());
    network.plant(0, Mistake::ForgetAcks);
    network.stage(0, |doc| doc.entry(1).tags().insert(1_u64));
    let violation = network.conclude(Duration::from_secs(60));
    assert!(matches!(violation, Err(Violation::NotSettled { replica: 0, .. })), "{violation:?}");
}

#[test]
fn an_echo_is_noticed() {
    for seed in 0..RUNS {
        assert_eq!(frugal::<Documents>(seed, |_| ()), Ok(()));
        let echoes = frugal::<Documents>(seed, |network| network.plant(0, Mistake::Echo));
        let reason = echoes.unwrap_err();
        assert!(reason.contains("came again"), "{reason}");
    }
}

/// A restored backup in the same incarnation mints dots twice; in one of its own it does no harm.
#[test]
fn a_reused_incarnation_is_noticed() {
    let restore = |mistake: Option<Mistake>| {
        let mut run = Run::<Documents>::new(3, Faults::none());
        mistake.into_iter().for_each(|mistake| run.network_mut().plant(0, mistake));
        let backup = run.network().durable(0).unwrap().storage().clone();
        for _ in 0..10 {
            run.stage(0);
            run.run_for(Duration::from_secs(1));
        }
        run.crash(0);
        assert!(run.network_mut().replace_disk(0, backup).is_some());
        run.restart(0);
        for _ in 0..10 {
            run.stage(0);
        }
        run.judge()
    };
    assert_eq!(restore(None), Ok(()));
    // As many as before, so that their numbers do not tell; or it refuses what it should not know.
    assert!(restore(Some(Mistake::ReuseIncarnation)).is_err());
}

#[test]
fn a_disk_that_forgets_is_noticed() {
    let is_noticed = |seed: &u64| {
        let forgetful = |node: NodeId| {
            let disk = Faulty::of(node);
            disk.append.set(Fault::Forget);
            disk
        };
        let (faults, config) = (Faults::harsh(), Config::default());
        let mut run = Run::<Documents, _>::with_storage(*seed, faults, config, forgetful);
        run.step_random(120);
        run.judge().is_err()
    };
    assert!((0..RUNS).filter(is_noticed).count() > 4);
}

/// What waits for a clock that stands still waits for ever.
#[test]
fn a_clock_that_stands_still_is_noticed() {
    let conclude = |rate| {
        let mut network = Network::<<Documents as Workload>::Value>::new(1, 3, Faults::none());
        network.run_for(Duration::from_secs(1));
        network.set_clock_rate(1, rate);
        network.stage(0, |doc| doc.entry(1).tags().insert(1_u64));
        network.conclude(Duration::from_secs(60))
    };
    assert_eq!(conclude(0.2), Ok(()));
    let violation = conclude(0.0);
    assert!(matches!(violation, Err(Violation::NotSettled { .. })), "{violation:?}");
}

/// A set that forgets members without a trace: a lattice in `merge`, but not in `remove`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Naive(BTreeSet<u64>);

struct NaiveCursor<'a> {
    set: &'a mut Naive,
    delta: &'a mut Naive,
}

impl Crdt for Naive {
    fn merge(&mut self, other: Self) -> bool {
        let before = self.0.len();
        self.0.extend(other.0);
        self.0.len() > before
    }
}

impl Edit for Naive {
    type Cursor<'a> = NaiveCursor<'a>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> NaiveCursor<'a> {
        NaiveCursor { delta: draft.into_delta(self), set: self }
    }
}

impl Diff for Naive {
    type Digest = BTreeSet<u64>;

    fn digest(&self) -> Self::Digest {
        self.0.clone()
    }

    fn diff(&self, peer: &Self::Digest) -> Option<Self> {
        let lacks: BTreeSet<u64> = self.0.difference(peer).copied().collect();
        (!lacks.is_empty()).then_some(Self(lacks))
    }
}

impl Decompose for Naive {
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        self.0.iter().for_each(|member| visit(Self([*member].into())));
    }
}

/// Whether it also removes.
struct Naively<const REMOVES: bool>;

impl<const REMOVES: bool> Workload for Naively<REMOVES> {
    type Value = Naive;

    fn random_edit(cursor: &mut NaiveCursor<'_>, dice: &mut Dice, unique: u64) {
        let member = dice.pick(cursor.set.0.iter().copied().collect::<Vec<_>>());
        match member.filter(|_| REMOVES && dice.roll(3) == 0) {
            Some(member) => {
                cursor.set.0.remove(&member);
            }
            None => {
                cursor.set.0.insert(unique);
                cursor.delta.0.insert(unique);
            }
        }
    }

    fn read(value: &Naive) -> BTreeSet<u64> {
        value.0.clone()
    }
}

#[test]
fn a_resurrection_is_noticed() {
    let check = Run::<Naively<true>>::check;
    let reasons: Vec<String> =
        (0..RUNS).filter_map(|seed| check(seed, Faults::harsh()).err()).collect();
    assert!(reasons.len() > 8);
    assert!(reasons.iter().any(|reason| reason.contains("has come back")), "{reasons:?}");
    for seed in 0..RUNS {
        assert_eq!(Run::<Naively<false>>::check(seed, Faults::harsh()), Ok(()));
    }
}

#[test]
fn a_network_that_is_not_whole_is_noticed() {
    let mut network = Network::<<Documents as Workload>::Value>::new(1, 3, Faults::none());
    network.run_for(Duration::from_secs(1));
    network.cut(&[0], &[1, 2]);
    network.stage(0, |doc| doc.entry(1).tags().insert(1_u64));
    let violation = network.conclude(Duration::from_secs(60));
    assert!(matches!(violation, Err(Violation::NotConverged(_))), "{violation:?}");
}
