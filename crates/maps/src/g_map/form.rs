use alloc::vec::Vec;

use rejoin_core::Crdt;
use rejoin_core::wire::{self, Announced, Readable};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::GMap;

/// The entries, in ascending order of keys.
impl<K: Serialize, V: Serialize> Serialize for GMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.entries.iter().map(|(key, value)| (key, Readable(value)));
        wire::serialize_entries(entries, serializer)
    }
}

impl<'de, K, V> Deserialize<'de> for GMap<K, V>
where
    K: Ord + Deserialize<'de>,
    V: Crdt + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_announced(deserializer)
    }
}

impl<'de, K, V> Announced<'de> for GMap<K, V>
where
    K: Ord + Deserialize<'de>,
    V: Crdt + Deserialize<'de>,
{
    const NAME: &'static str = "rejoin::GMap";

    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entries: Vec<(K, V)> = Vec::new();
        wire::deserialize_entries(deserializer, |_, key, value: V| {
            if entries.last().is_some_and(|(last, _)| *last >= key) {
                return Err("keys are not in ascending order");
            }
            if value.is_bottom() {
                return Err("a key with a bottom value");
            }
            entries.push((key, value));
            Ok(())
        })?;
        Ok(Self { entries: entries.into_iter().collect() })
    }
}
