//! Values that end at a time, by edits that are replicated: a struct of two fields.

use std::collections::BTreeMap;
use std::time::Duration;

use rejoin_core::{Causal, DotFun, DotStore, ReplicaId};
use rejoin_durable::{Durable, Memory};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_store::Config;
use serde::{Deserialize, Serialize};

use crate::support::{connect, disconnect, id, talk, wait};

/// A value and when it ends, in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Expiring {
    value: MvRegister<u64>,
    /// Several after concurrent writes, of which the latest holds.
    ends: DotFun<u64>,
}

type Sessions = Durable<Causal<OrMap<String, Expiring>>, Memory>;

const GRACE: u64 = 10;

impl Expiring {
    fn ends(&self) -> Option<u64> {
        self.ends.iter().map(|(_, ends)| *ends).max()
    }

    fn has_ended(&self, now: u64) -> bool {
        self.ends().is_some_and(|ends| ends <= now)
    }
}

fn open(number: u128) -> Sessions {
    Sessions::open(Memory::new(id(number).node()), Config::default()).unwrap()
}

/// Lets all exchange what they have.
fn meet(nodes: &mut [Sessions]) {
    connect(nodes);
    for _ in 0..3 {
        talk(nodes);
        wait(nodes, Duration::from_millis(500));
    }
    disconnect(nodes);
}

fn set(store: &mut Sessions, key: &str, value: u64, ends: u64) {
    store
        .edit(|sessions| {
            let mut entry = sessions.entry(key);
            entry.ends().write(ends);
            entry.value().set(value);
        })
        .unwrap();
}

/// Removes what ended `GRACE` before, and returns how much that was.
fn sweep(store: &mut Sessions, now: u64) -> usize {
    let Some(now) = now.checked_sub(GRACE) else { return 0 };
    let before = store.state().len();
    store.edit(|sessions| sessions.retain(|_, value| !value.has_ended(now))).unwrap();
    before - store.state().len()
}

fn read(store: &Sessions, key: &str, now: u64) -> Option<u64> {
    let value = store.state().get(key).filter(|value| !value.has_ended(now))?;
    value.value.values().max().copied()
}

fn ends(store: &Sessions, key: &str) -> Option<u64> {
    store.state().get(key).and_then(Expiring::ends)
}

#[test]
fn a_value_ends_everywhere_at_its_time_and_is_swept_once() {
    let mut stores = vec![open(1), open(2)];
    set(&mut stores[0], "a", 1, 100);
    set(&mut stores[0], "b", 2, 200);
    stores[0].edit(|map| map.entry("c").value().set(3_u64)).unwrap(); // never ends
    meet(&mut stores);
    for store in &stores {
        assert_eq!(read(store, "a", 99), Some(1));
        assert_eq!(read(store, "a", 100), None);
        assert!(store.state().contains_key("a"), "it has ended, and nobody has removed it");
        let left = store.state().values().filter(|value| !value.has_ended(150));
        assert_eq!(left.count(), 2);
        assert_eq!(read(store, "c", u64::MAX), Some(3));
        assert_eq!(ends(store, "b"), Some(200));
    }
    assert_eq!(sweep(&mut stores[1], 105), 0, "within the grace");
    assert_eq!(sweep(&mut stores[1], 110), 1);
    assert_eq!(sweep(&mut stores[1], 110), 0);
    meet(&mut stores);
    assert!(
        stores.iter().all(|store| store.state().len() == 2 && !store.state().contains_key("a"))
    );
    assert_eq!(sweep(&mut stores[0], 1_000), 1);
    assert_eq!(sweep(&mut stores[0], 0), 0);
}

#[test]
fn who_prolongs_a_value_in_time_keeps_it() {
    let mut stores = vec![open(1), open(2), open(3)];
    set(&mut stores[0], "a", 1, 100);
    meet(&mut stores);
    // Two prolong it at once, and a third one does not know when it looks.
    set(&mut stores[0], "a", 2, 300);
    set(&mut stores[1], "a", 3, 200);
    assert_eq!(sweep(&mut stores[2], 150), 1);
    meet(&mut stores);
    for store in &stores {
        assert_eq!(ends(store, "a"), Some(300), "the later one");
        assert_eq!(store.state().get("a").unwrap().value.values().count(), 2);
    }
    // Who has seen both may also shorten it.
    set(&mut stores[2], "a", 4, 250);
    meet(&mut stores);
    assert!(stores.iter().all(|store| read(store, "a", 249) == Some(4)));
    assert!(stores.iter().all(|store| read(store, "a", 250).is_none()));
}

#[test]
fn a_replica_that_was_away_brings_nothing_back() {
    let mut stores = vec![open(1), open(2)];
    set(&mut stores[0], "a", 1, 100);
    meet(&mut stores);
    let mut away = stores.pop().unwrap();
    sweep(&mut stores[0], 500);
    set(&mut away, "b", 2, 1_000); // it has an edit of its own to bring
    stores.push(away);
    meet(&mut stores);
    for store in &stores {
        assert_eq!(store.state().keys().collect::<Vec<_>>(), ["b"]);
    }
}

/// Random edits and sweeps at clocks that differ, against a model that knows all edits.
#[test]
fn sweeps_take_what_has_ended_and_nothing_else() {
    for seed in 0..100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut stores = vec![open(1), open(2), open(3)];
        let mut model = BTreeMap::new();
        for minute in 1..40_u64 {
            let now = minute * 60;
            let at = rng.usize(..3);
            let key = ["a", "b", "c", "d"][rng.usize(..4)];
            match rng.u8(..4) {
                0 | 1 => {
                    let ends = now + 60 * rng.u64(1..5);
                    set(&mut stores[at], key, minute, ends);
                    model.insert(key, (minute, ends));
                }
                2 => {
                    // Its clock is wrong by less than the grace.
                    let clock = now + rng.u64(..9);
                    sweep(&mut stores[at], clock);
                }
                _ => {}
            }
            meet(&mut stores); // within the minute, and so within the grace
            for store in &stores {
                for key in ["a", "b", "c", "d"] {
                    let expected = model.get(key).filter(|(_, ends)| now < *ends);
                    let expected = expected.map(|(value, _)| *value);
                    assert_eq!(read(store, key, now), expected, "seed {seed}, minute {minute}");
                }
            }
        }
        sweep(&mut stores[0], 100_000);
        assert!(stores[0].state().is_empty());
        let writers: Vec<ReplicaId> = stores[0].state().context().replicas().collect();
        assert!(writers.len() <= 3, "what is left is a number a writer");
    }
}
