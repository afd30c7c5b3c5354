//! The last write wins, by hybrid logical clocks: a `LwwMap`, and a clock for the stamps.

use std::time::Duration;

use rejoin_core::{Hlc, HlcClock, HlcError, WallTime};
use rejoin_durable::{Durable, Memory};
use rejoin_maps::LwwMap;
use rejoin_store::Config;

use crate::support::{connect, disconnect, id, talk};

/// Settings, each with the time of its last write.
struct Settings {
    durable: Durable<LwwMap<String, String>, Memory>,
    clock: HlcClock,
}

fn open(number: u128) -> Settings {
    Settings::of(Durable::open(Memory::new(id(number).node()), Config::default()).unwrap())
}

impl Settings {
    fn of(durable: Durable<LwwMap<String, String>, Memory>) -> Self {
        Self { durable, clock: HlcClock::new(Duration::from_secs(60)) }
    }

    fn put(&mut self, key: &str, value: &str, wall: u64) -> Result<(), HlcError> {
        let stamp = self.stamp(key, wall)?;
        self.durable.edit(|map| map.insert(stamp, key, value)).unwrap();
        Ok(())
    }

    fn remove(&mut self, key: &str, wall: u64) -> Result<bool, HlcError> {
        let stamp = self.stamp(key, wall)?;
        let was_present = self.durable.state().get(key).is_some();
        self.durable.edit(|map| map.remove(stamp, key)).unwrap();
        Ok(was_present)
    }

    /// A stamp later than that of the last write of this key, whatever the wall clock says.
    fn stamp(&mut self, key: &str, wall: u64) -> Result<Hlc, HlcError> {
        let wall = WallTime::from_unix_millis(wall);
        match self.durable.state().stamp(key) {
            Some((stamp, _)) => self.clock.observe(*stamp, wall),
            None => self.clock.now(wall),
        }
    }
}

fn meet(stores: [Settings; 2]) -> [Settings; 2] {
    let mut nodes = stores.map(|settings| settings.durable);
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    nodes.map(Settings::of)
}

fn read(store: &Settings) -> Option<&str> {
    store.durable.state().get("name").map(String::as_str)
}

/// The article's demonstration: two writers 5 ms apart, one of whom loses.
#[test]
fn of_two_concurrent_writes_the_later_one_wins_and_the_other_is_lost() {
    let mut stores = [open(1), open(2)];
    stores[0].put("name", "Alice", 1_000).unwrap();
    stores[1].put("name", "Bob", 1_005).unwrap();
    let stores = meet(stores);
    assert!(stores.iter().all(|store| read(store) == Some("Bob")));
}

#[test]
fn a_write_wins_over_what_it_has_seen_whatever_the_wall_clock_says() {
    let mut stores = [open(1), open(2)];
    stores[0].put("name", "Alice", 50_000).unwrap();
    let mut stores = meet(stores);
    stores[1].put("name", "Bob", 1_000).unwrap(); // 49 s behind
    let mut stores = meet(stores);
    assert!(stores.iter().all(|store| read(store) == Some("Bob")));
    assert!(stores[0].remove("name", 2_000).unwrap());
    assert!(!stores[0].remove("name", 2_000).unwrap());
    let stores = meet(stores);
    assert!(stores.iter().all(|store| read(store).is_none()));
}

#[test]
fn equal_times_come_to_one_value_everywhere() {
    let mut stores = [open(1), open(2)];
    stores[0].put("name", "Alice", 1_000).unwrap();
    stores[1].put("name", "Bob", 1_000).unwrap();
    let stores = meet(stores);
    assert!(read(&stores[0]).is_some());
    assert_eq!(read(&stores[0]), read(&stores[1]));
}

#[test]
fn an_older_write_that_comes_late_does_not_bring_back_what_was_removed() {
    let mut stores = [open(1), open(2)];
    stores[0].put("name", "Alice", 1_000).unwrap();
    stores[1].remove("name", 1_001).unwrap();
    let stores = meet(stores);
    assert!(stores.iter().all(|store| read(store).is_none()));
}

#[test]
fn a_clock_that_is_far_ahead_is_told() {
    let mut stores = [open(1), open(2)];
    stores[0].put("name", "Alice", 10_000_000).unwrap();
    let mut stores = meet(stores);
    let error = stores[1].put("name", "Bob", 1_000).unwrap_err();
    assert!(matches!(error, HlcError::Drift { .. }));
    assert_eq!(read(&stores[1]), Some("Alice"));
}

#[test]
fn what_was_put_is_there_after_a_restart_and_is_written_over() {
    let mut store = open(1);
    store.put("name", "Alice", 5_000).unwrap();
    let disk = store.durable.into_storage();
    let mut store = Settings::of(Durable::open(disk, Config::default()).unwrap());
    store.put("name", "Bob", 1).unwrap(); // the wall clock has gone back meanwhile
    assert_eq!(store.durable.state().iter().count(), 1);
    assert_eq!(read(&store), Some("Bob"));
}
