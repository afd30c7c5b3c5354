//! A replica id that two writers use is noticed.

use rejoin_core::{Causal, Crdt, Diff, Dot, Edit, ForkedId, ReplicaId};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use rejoin_tests::rng::Rng;

type Document = Causal<OrMap<u8, AwSet<u8>>>;

fn id(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number)
}

fn edit(document: &mut Document, writer: ReplicaId, rng: &mut Rng) {
    document.edit(writer, |document| match rng.below(4) {
        0 => {
            document.remove(&rng.small(3));
        }
        _ => {
            document.entry(rng.small(3)).insert(rng.small(3));
        }
    });
}

#[test]
fn honest_replicas_are_never_accused() {
    for seed in 0..1_000 {
        let mut rng = Rng::new(seed);
        let mut replicas = [Document::default(), Document::default(), Document::default()];
        for _ in 0..20 {
            let (at, from) = (rng.below(3), rng.below(3));
            edit(&mut replicas[at], id(at as u128), &mut rng);
            let other = replicas[from].clone();
            assert_eq!(replicas[at].check_fork(&other, id(at as u128)), Ok(()), "seed {seed}");
            assert_eq!(replicas[at].check_dots(&other), Ok(()), "seed {seed}");
            replicas[at].merge(other);
        }
    }
}

#[test]
fn a_restored_backup_is_noticed_by_its_own_later_dots() {
    let mut here = Causal::<MvRegister<u8>>::default();
    here.edit(id(1), |register| register.set(1));
    let mut restored = here.clone();
    here.edit(id(1), |register| register.set(2));
    let late = Dot::new(id(1), 2).map(ForkedId::Unknown);
    assert_eq!(restored.check_fork(&here, id(1)).err(), late);
    assert_eq!(here.check_fork(&restored, id(1)), Ok(())); // an older state of our own
    restored.edit(id(1), |register| register.set(3));
    let twice = Dot::new(id(1), 2).map(ForkedId::Different);
    assert_eq!(restored.check_dots(&here).err(), twice);
    assert_eq!(here.check_dots(&restored).err(), twice);
}

/// The first different dot is found among thousands, wherever it is.
#[test]
fn the_dot_is_named() {
    for at in [1, 2, 500, 4_095, 4_096, 4_097, 8_191, 8_192] {
        let fill = |odd: u64| {
            let mut document = Causal::<OrMap<u64, MvRegister<u64>>>::default();
            document.edit(id(1), |document| {
                for key in 1..=8_192 {
                    document.entry(key).set(if key == odd { 1 } else { 0 });
                }
            });
            document
        };
        let expected = Dot::new(id(1), at).map(ForkedId::Different);
        assert_eq!(fill(at).check_dots(&fill(0)).err(), expected);
    }
}

#[test]
fn a_counter_that_counts_elsewhere_is_noticed() {
    let mut here = GCounter::new();
    here.edit(id(1), |counter| counter.increment(5));
    let mut restored = here.clone();
    here.edit(id(1), |counter| counter.increment(2));
    let seven = Dot::new(id(1), 7).map(ForkedId::Unknown);
    assert_eq!(restored.check_fork(&here, id(1)).err(), seven);
    assert_eq!(here.check_fork(&restored, id(1)), Ok(()));
    restored.merge(here); // on from what was counted, under a new id
    restored.edit(id(2), |counter| counter.increment(1));
    assert_eq!(restored.value(), 8);

    let mut stock = PnCounter::new();
    stock.edit(id(1), |stock| stock.increment(5));
    let restored = stock.clone();
    stock.edit(id(1), |stock| stock.decrement(5));
    assert!(restored.check_fork(&stock, id(1)).is_err());

    let mut tickets = BoundedCounter::new();
    tickets.edit(id(1), |tickets| tickets.increment(5));
    let restored = tickets.clone();
    tickets.edit(id(1), |tickets| tickets.decrement(5).expect("five left"));
    assert!(restored.check_fork(&tickets, id(1)).is_err());
    assert_eq!(tickets.check_fork(&restored, id(1)), Ok(()));
}
