use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{BoundedCounter, NodeId, ReplicaId};

/// Entries as sequences in ascending order, because formats with string keys have no pairs as keys.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BoundedCounter")]
struct Entries {
    made: Vec<(ReplicaId, u64)>,
    /// From, to which node, count.
    given: Vec<(ReplicaId, NodeId, u64)>,
    spent: Vec<(ReplicaId, u64)>,
}

impl Serialize for BoundedCounter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let given = self.given.iter().map(|((from, to), count)| (*from, *to, *count));
        let pairs = |entries: &BTreeMap<ReplicaId, u64>| {
            entries.iter().map(|(replica, count)| (*replica, *count)).collect()
        };
        let (made, spent) = (pairs(&self.made), pairs(&self.spent));
        Entries { made, given: given.collect(), spent }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BoundedCounter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Entries { made, given, spent } = Entries::deserialize(deserializer)?;
        if given.iter().any(|(from, to, _)| *to == from.node()) {
            return Err(de::Error::custom("`given` is not to another node"));
        }
        let given = given.into_iter().map(|(from, to, count)| ((from, to), count)).collect();
        Ok(Self {
            made: checked("made", made)?,
            given: checked("given", given)?,
            spent: checked("spent", spent)?,
        })
    }
}

fn checked<K: Ord, E: de::Error>(
    name: &'static str,
    entries: Vec<(K, u64)>,
) -> Result<BTreeMap<K, u64>, E> {
    if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(E::custom(format_args!("`{name}` is not in ascending order")));
    }
    if entries.iter().any(|(_, count)| *count == 0) {
        return Err(E::custom("an entry of 0"));
    }
    Ok(entries.into_iter().collect())
}
