use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What layers above a replica want to be remembered over restarts: for each layer the latest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notes(BTreeMap<String, Note>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// Counted by the layer.
    version: u64,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

impl Notes {
    pub(crate) fn get(&self, layer: &str) -> Option<(u64, &[u8])> {
        self.0.get(layer).map(|note| (note.version, note.bytes.as_slice()))
    }

    /// Puts a note in the place of one of an earlier version, and returns whether it did.
    pub(crate) fn insert(&mut self, layer: &str, version: u64, bytes: Vec<u8>) -> bool {
        let is_newer = self.0.get(layer).is_none_or(|note| note.version < version);
        if is_newer {
            self.0.insert(layer.to_owned(), Note { version, bytes });
        }
        is_newer
    }

    /// Takes in what is newer.
    pub(crate) fn merge(&mut self, other: Self) {
        for (layer, Note { version, bytes }) in other.0 {
            self.insert(&layer, version, bytes);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
