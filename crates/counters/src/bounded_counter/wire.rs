use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{BoundedCounter, ReplicaId};

/// Entries as sequences, because formats with string keys have no pairs as keys.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BoundedCounter")]
struct Entries {
    /// From, to which node, count; in ascending order.
    rights: Vec<(ReplicaId, ReplicaId, u64)>,
    /// Replica, count; in ascending order.
    spent: Vec<(ReplicaId, u64)>,
}

impl Serialize for BoundedCounter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rights = self.rights.iter().map(|((from, to), count)| (*from, *to, *count));
        let spent = self.spent.iter().map(|(replica, count)| (*replica, *count));
        Entries { rights: rights.collect(), spent: spent.collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BoundedCounter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Entries { rights, spent } = Entries::deserialize(deserializer)?;
        if !rights.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)) {
            return Err(de::Error::custom("rights are not in ascending order"));
        }
        if !spent.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(de::Error::custom("spent is not in ascending order"));
        }
        if rights.iter().any(|(_, to, _)| *to != to.node()) {
            return Err(de::Error::custom("rights of an incarnation: they belong to its node"));
        }
        if rights.iter().any(|entry| entry.2 == 0) || spent.iter().any(|entry| entry.1 == 0) {
            return Err(de::Error::custom("an entry of 0"));
        }
        Ok(Self {
            rights: rights.into_iter().map(|(from, to, count)| ((from, to), count)).collect(),
            spent: spent.into_iter().collect(),
        })
    }
}
