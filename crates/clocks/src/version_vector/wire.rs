//! A map from replica to sequence number in human-readable formats, otherwise a sequence of pairs.
//! Either way it must be canonical, so that equal vectors have equal bytes.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{InvalidClock, ReplicaId, VersionVector};

impl Serialize for VersionVector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_map(self.iter())
        } else {
            serializer.collect_seq(self.iter())
        }
    }
}

impl<'de> Deserialize<'de> for VersionVector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_map(Entries)
        } else {
            deserializer.deserialize_seq(Entries)
        }
    }
}

/// Reads entries one by one: announced lengths are not believed, so nothing is allocated for them.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = VersionVector;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version vector, sorted by replica")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<VersionVector, A::Error> {
        let mut clock = VersionVector::new();
        while let Some((replica, seq)) = map.next_entry::<ReplicaId, u64>()? {
            clock.push(replica, seq).map_err(invalid)?;
        }
        Ok(clock)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<VersionVector, A::Error> {
        let mut clock = VersionVector::new();
        while let Some((replica, seq)) = seq.next_element::<(ReplicaId, u64)>()? {
            clock.push(replica, seq).map_err(invalid)?;
        }
        Ok(clock)
    }
}

fn invalid<E: Error>(error: InvalidClock) -> E {
    E::custom(format_args!("invalid version vector: {error}"))
}
