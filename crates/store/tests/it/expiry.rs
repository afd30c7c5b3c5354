//! Values that end.

use std::collections::BTreeMap;
use std::time::Duration;

use rejoin_core::ReplicaId;
use rejoin_registers::MvRegister;
use rejoin_store::{Config, Durable, Expiring, Keyed, Memory, Store};

use crate::support::{connect, disconnect, id, talk, wait};

type Value = Expiring<MvRegister<u64>>;
type Sessions = Store<String, Value, Memory>;
type Inner = Durable<Keyed<String, Value>, Memory>;

const GRACE: Duration = Duration::from_secs(10);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn open(number: u128) -> Sessions {
    Sessions::open(Memory::new(id(number)), Config::default()).unwrap()
}

/// Lets all exchange what they have.
fn meet(stores: &mut Vec<Sessions>) {
    let mut nodes: Vec<Inner> = stores.drain(..).map(Store::into_durable).collect();
    connect(&mut nodes);
    for _ in 0..3 {
        talk(&mut nodes);
        wait(&mut nodes, Duration::from_millis(500));
    }
    disconnect(&mut nodes);
    stores.extend(nodes.into_iter().map(Store::from));
}

fn set(store: &mut Sessions, key: &str, value: u64, ends: u64) {
    store.edit_until(key, seconds(ends), |register| register.set(value)).unwrap();
}

fn read(store: &Sessions, key: &str, now: u64) -> Option<u64> {
    let register = store.get_at(key, seconds(now))?;
    register.values().max().copied()
}

#[test]
fn a_value_ends_everywhere_at_its_time_and_is_swept_once() {
    let mut stores = vec![open(1), open(2)];
    set(&mut stores[0], "a", 1, 100);
    set(&mut stores[0], "b", 2, 200);
    stores[0].edit("c", |c| c.value().set(3_u64)).unwrap(); // never ends
    meet(&mut stores);
    for store in &stores {
        assert_eq!(read(store, "a", 99), Some(1));
        assert_eq!(read(store, "a", 100), None);
        assert!(store.contains_key("a"), "it has ended, and nobody has removed it");
        assert_eq!(store.iter_at(seconds(150)).count(), 2);
        assert_eq!(read(store, "c", u64::MAX), Some(3));
        assert_eq!(store.get("b").and_then(Expiring::ends), Some(seconds(200)));
    }
    assert_eq!(stores[1].sweep(seconds(105), GRACE).unwrap(), 0, "within the grace");
    assert_eq!(stores[1].sweep(seconds(110), GRACE).unwrap(), 1);
    assert_eq!(stores[1].sweep(seconds(110), GRACE).unwrap(), 0);
    meet(&mut stores);
    assert!(stores.iter().all(|store| store.len() == 2 && !store.contains_key("a")));
    assert_eq!(stores[0].sweep(seconds(1_000), GRACE).unwrap(), 1);
    assert_eq!(stores[0].sweep(Duration::ZERO, GRACE).unwrap(), 0);
}

#[test]
fn who_prolongs_a_value_in_time_keeps_it() {
    let mut stores = vec![open(1), open(2), open(3)];
    set(&mut stores[0], "a", 1, 100);
    meet(&mut stores);
    // Two prolong it at once, and a third one does not know when it looks.
    set(&mut stores[0], "a", 2, 300);
    set(&mut stores[1], "a", 3, 200);
    assert_eq!(stores[2].sweep(seconds(150), GRACE).unwrap(), 1);
    meet(&mut stores);
    for store in &stores {
        assert_eq!(store.get("a").and_then(Expiring::ends), Some(seconds(300)), "the later one");
        assert_eq!(store.get("a").unwrap().value.values().count(), 2);
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
    stores[0].sweep(seconds(500), GRACE).unwrap();
    set(&mut away, "b", 2, 1_000); // it has an edit of its own to bring
    stores.push(away);
    meet(&mut stores);
    for store in &stores {
        assert_eq!(store.keys().collect::<Vec<_>>(), ["b"]);
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
                    stores[at].sweep(seconds(clock), GRACE).unwrap();
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
        stores[0].sweep(seconds(100_000), GRACE).unwrap();
        assert!(stores[0].is_empty());
        let writers: Vec<ReplicaId> = stores[0].durable().state().context().replicas().collect();
        assert!(writers.len() <= 3, "what is left is a number a writer");
    }
}
