use alloc::collections::BTreeMap;

/// The digest of a [`GMap`](crate::GMap): that of the value under every key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GMapDigest<K, D> {
    pub(super) digests: BTreeMap<K, D>,
}

#[cfg(feature = "serde")]
mod serde_impls {
    use rejoin_core::wire::{self, Readable};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::GMapDigest;

    /// The digests, in ascending order of keys.
    impl<K: Serialize, D: Serialize> Serialize for GMapDigest<K, D> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let entries = self.digests.iter().map(|(key, digest)| (key, Readable(digest)));
            wire::serialize_entries(entries, serializer)
        }
    }

    impl<'de, K: Ord + Deserialize<'de>, D: Deserialize<'de>> Deserialize<'de> for GMapDigest<K, D> {
        fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
            wire::deserialize_map(deserializer).map(|digests| Self { digests })
        }
    }
}
