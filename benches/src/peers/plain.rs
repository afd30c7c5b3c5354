//! The collections that do not replicate: what a machine gives for nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::SetPeer;

pub(crate) type Std = HashSet<u64>;
pub(crate) type Hashbrown = hashbrown::HashSet<u64>;

macro_rules! set_peer {
    ($type:ty, $name:literal) => {
        impl SetPeer for $type {
            const NAME: &'static str = $name;

            fn filled(numbers: &[u64], _by: u64) -> Self {
                let mut set = Self::default();
                for number in numbers {
                    set.insert(*number); // one by one, and growing, as ours does
                }
                set
            }

            fn insert(&mut self, number: u64, _by: u64) {
                self.insert(number);
            }

            fn contains(&self, number: u64) -> bool {
                self.contains(&number)
            }

            fn remove_all(&mut self, numbers: &[u64], _by: u64) {
                for number in numbers {
                    self.remove(number);
                }
            }

            fn remove(&mut self, number: u64, _by: u64) {
                self.remove(&number);
            }

            fn absorb(&mut self, other: Self) {
                self.extend(other);
            }
        }
    };
}

set_peer!(Std, "std HashSet");
set_peer!(Hashbrown, "hashbrown HashSet");

/// A plain map from text to numbers.
pub(crate) trait PlainMap: Default + 'static {
    const NAME: &'static str;

    fn put(&mut self, key: &str, value: u64);

    fn get(&self, key: &str) -> Option<u64>;

    fn filled(keys: &[String]) -> Self {
        let mut map = Self::default();
        for (value, key) in (0..).zip(keys) {
            map.put(key, value);
        }
        map
    }
}

macro_rules! plain_map {
    ($type:ty, $name:literal) => {
        impl PlainMap for $type {
            const NAME: &'static str = $name;

            fn put(&mut self, key: &str, value: u64) {
                self.insert(key.to_owned(), value);
            }

            fn get(&self, key: &str) -> Option<u64> {
                self.get(key).copied()
            }
        }
    };
}

plain_map!(BTreeMap<String, u64>, "BTreeMap");
plain_map!(HashMap<String, u64>, "std HashMap");
plain_map!(hashbrown::HashMap<String, u64>, "hashbrown HashMap");
