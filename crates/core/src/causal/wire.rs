use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::wire::Readable;
use crate::{Causal, CausalContext, DotStore};

/// The fields `store`, `seen` and `foretold`; in human-readable formats without `foretold`, if that
/// is empty, as it nearly always is.
impl<S: Serialize> Serialize for Causal<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        let has_foretold = !(self.foretold.is_empty() && serializer.is_human_readable());
        let mut fields = serializer.serialize_struct("Causal", 2 + usize::from(has_foretold))?;
        fields.serialize_field("store", &Readable(&self.store))?;
        fields.serialize_field("seen", &self.seen())?;
        if has_foretold {
            fields.serialize_field("foretold", &self.foretold)?;
        }
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(rename = "Causal", deny_unknown_fields)]
struct In<S> {
    store: S,
    seen: CausalContext,
    /// The default is for those formats that know which fields are there.
    #[serde(default)]
    foretold: CausalContext,
}

impl<'de, S: DotStore + Deserialize<'de>> Deserialize<'de> for Causal<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let In { store, seen, foretold } = In::deserialize(deserializer)?;
        Self::from_parts(store, seen, foretold).map_err(de::Error::custom)
    }
}
