//! Many keys that come and go.

use std::collections::BTreeMap;

use rejoin_core::{Causal, Crdt, Diff, Edit};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use rejoin_tests::rng::Rng;

use super::{ALICE, BOB, CAROL, live};

#[test]
fn ten_thousand_cycles_leave_nothing_behind() {
    let mut here = Causal::<AwSet<u32>>::default();
    let mut there = Causal::<AwSet<u32>>::default();
    here.edit(ALICE, |set| set.extend([1, 2, 3]));
    let small = serde_json::to_string(&here).expect("is encoded").len();
    there.merge(here.clone());
    for cycle in 0..10_000 {
        let (writer, other, replica) = match cycle % 2 {
            0 => (&mut here, &mut there, ALICE),
            _ => (&mut there, &mut here, BOB),
        };
        other.merge(writer.edit(replica, |set| set.insert(4 + cycle)));
        other.merge(writer.edit(replica, |set| set.remove(&(4 + cycle))));
    }
    assert_eq!(here, there);
    assert_eq!(here.context().run_count(), 2); // one a replica
    assert_eq!((here.len(), live(here.store())), (3, 3));
    let encoded = serde_json::to_string(&here).expect("is encoded").len();
    assert!(encoded < small + 100, "{small} bytes have become {encoded}");
    assert!(postcard::to_stdvec(&here).expect("is encoded").len() < 150);
}

/// A writer, a mirror that gets deltas, and one that gets differences now and then.
struct Rig {
    rng: Rng,
    here: Causal<OrMap<u32, MvRegister<u32>>>,
    deltas: Causal<OrMap<u32, MvRegister<u32>>>,
    differences: Causal<OrMap<u32, MvRegister<u32>>>,
    model: BTreeMap<u32, u32>,
}

impl Rig {
    fn step(&mut self, keys: usize, growth: usize) {
        let Self { rng, here, deltas, model, .. } = self;
        let delta = here.edit(ALICE, |map| {
            for _ in 0..1 + rng.below(3) {
                let (key, value) = (rng.below(keys) as u32, rng.below(1 << 20) as u32);
                if rng.below(10) < growth {
                    map.entry(key).set(value);
                    model.insert(key, value);
                } else {
                    assert_eq!(map.remove(&key), model.remove(&key).is_some());
                }
            }
            if rng.once_in(1_000) {
                let stays = |key: &u32| !key.is_multiple_of(3);
                map.retain(|key, _| stays(key));
                model.retain(|key, _| stays(key));
            }
        });
        deltas.merge(delta);
    }

    fn compare(&mut self) {
        if let Some(difference) = self.here.diff(&self.differences.digest()) {
            self.differences.merge(difference);
        }
        for value in [&self.here, &self.deltas, &self.differences] {
            assert_eq!((value.len(), live(value.store())), (self.model.len(), self.model.len()));
            let read = value.iter().map(|(key, register)| (*key, register.get().copied()));
            assert!(read.eq(self.model.iter().map(|(key, value)| (*key, Some(*value)))));
        }
        assert!(self.here == self.deltas && self.here == self.differences);
    }
}

#[test]
fn thousands_of_keys_come_and_go() {
    let mut rig = Rig {
        rng: Rng::new(1),
        here: Causal::default(),
        deltas: Causal::default(),
        differences: Causal::default(),
        model: BTreeMap::new(),
    };
    // Growing, churning, shrinking to nothing, and all over again with fewer keys.
    for (keys, growth, steps) in [
        (5_000, 9, 6_000),
        (5_000, 5, 4_000),
        (5_000, 0, 15_000),
        (50, 5, 3_000),
        (3_000, 7, 4_000),
    ] {
        for step in 0..steps {
            rig.step(keys, growth);
            if step % 500 == 0 {
                rig.compare();
            }
        }
        rig.compare();
    }
}

/// Slots are given out again after a removal, while another replica's removals come in.
#[test]
fn two_writers_churn_the_same_keys() {
    let (mut here, mut there) = (Causal::<AwSet<u32>>::default(), Causal::<AwSet<u32>>::default());
    let mut rng = Rng::new(2);
    for round in 0..60 {
        for (set, replica) in [(&mut here, ALICE), (&mut there, BOB)] {
            set.edit(replica, |set| {
                for _ in 0..100 {
                    let key = rng.below(300) as u32;
                    if rng.below(10) < 3 + 4 * (round / 10 % 2) {
                        set.insert(key);
                    } else {
                        set.remove(&key);
                    }
                }
            });
        }
        let (news, replies) = (here.diff(&there.digest()), there.diff(&here.digest()));
        there.merge(news.unwrap_or_default());
        here.merge(replies.unwrap_or_default());
        assert_eq!(here, there);
        // A copy that was decoded has an index of its own.
        let mut copy: Causal<AwSet<u32>> =
            serde_json::from_str(&serde_json::to_string(&here).expect("is encoded"))
                .expect("is decoded");
        let delta = copy.edit(CAROL, |set| {
            set.clear();
        });
        let mut emptied = here.clone();
        emptied.merge(delta);
        assert!(emptied.is_empty() && live(emptied.store()) == 0);
        assert_eq!(emptied, copy);
    }
}
