//! The last write of a key wins, by hybrid logical clocks: a map, and a clock for the stamps.
//!
//! A write wins over all that its writer has seen, whatever the wall clock says. Of two concurrent
//! writes the one with the later clock wins, and **the other one is lost, without a sign**: that is
//! what last-write-wins means. Use an `MvRegister` where both should stay.
//!
//! ```sh
//! cargo run -p rejoin-maps --example last_write_wins
//! ```

use std::error::Error;
use std::time::Duration;

use rejoin_core::{Crdt, Edit, Hlc, HlcClock, HlcError, ReplicaId, WallTime};
use rejoin_maps::LwwMap;

/// The settings as one device has them.
struct Device {
    id: ReplicaId,
    settings: LwwMap<String, String>,
    clock: HlcClock,
}

impl Device {
    fn new(id: u128) -> Self {
        // What is more than a minute ahead of the wall clock here was written by a wrong clock.
        let clock = HlcClock::new(Duration::from_secs(60));
        Self { id: ReplicaId::from_u128(id), settings: LwwMap::default(), clock }
    }

    /// `wall` is what the wall clock shows: `WallTime::now()`, but for examples and tests.
    fn put(&mut self, key: &str, value: &str, wall: WallTime) -> Result<(), HlcError> {
        let stamp = self.stamp(key, wall)?;
        self.settings.edit(self.id, |settings| settings.insert(stamp, key, value));
        Ok(())
    }

    /// A stamp later than that of the last write of this key.
    fn stamp(&mut self, key: &str, wall: WallTime) -> Result<Hlc, HlcError> {
        match self.settings.stamp(key) {
            Some((stamp, _)) => self.clock.observe(*stamp, wall),
            None => self.clock.now(wall),
        }
    }

    fn theme(&self) -> &str {
        self.settings.get("theme").map_or("none", String::as_str)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut laptop, mut phone) = (Device::new(1), Device::new(2));
    let at = WallTime::from_unix_millis;

    laptop.put("theme", "dark", at(1_000))?;
    laptop.put("theme", "light", at(999))?; // the clock went back, and the later write wins all the same
    println!("the laptop has {}", laptop.theme());

    phone.put("theme", "sepia", at(1_005))?; // at once, 5 ms later: the laptop's write is lost
    laptop.settings.merge(phone.settings.clone());
    phone.settings.merge(laptop.settings.clone());
    println!("both have {} and {}", laptop.theme(), phone.theme());

    phone.put("theme", "dark", at(10_000_000_000))?; // a clock that was wrong for a moment
    phone.put("theme", "light", at(1_010))?; // and right again: the later write wins all the same
    println!("written over a stamp from the future: {}", phone.theme());
    Ok(())
}
