use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Done, Ser};
use crate::Codec;

/// Writes a map by the encodings of its keys, whatever order they come in: that of a hash map is
/// another one in each copy, and equal values have equal bytes.
pub(super) fn collect<K: Serialize, V: Serialize>(
    ser: Ser<'_>,
    entries: impl Iterator<Item = (K, V)>,
) -> Done {
    let codec = Codec::new().with_max_depth(ser.encoder.max_depth);
    let mut sorted = Vec::with_capacity(entries.size_hint().0);
    for (key, value) in entries {
        sorted.push((codec.to_vec(&key)?, key, value));
    }
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    let mut map = ser.serialize_map(Some(sorted.len()))?;
    for (_, key, value) in &sorted {
        map.serialize_entry(key, value)?;
    }
    map.end()
}
