use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{Causal, CausalContext, DotStore};

#[derive(Serialize)]
#[serde(rename = "Causal")]
struct Out<'a, S> {
    store: &'a S,
    seen: CausalContext,
    foretold: &'a CausalContext,
}

#[derive(Deserialize)]
#[serde(rename = "Causal")]
struct In<S> {
    store: S,
    seen: CausalContext,
    foretold: CausalContext,
}

impl<S: Serialize> Serialize for Causal<S> {
    fn serialize<T: serde::Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        Out { store: &self.store, seen: self.seen(), foretold: &self.foretold }
            .serialize(serializer)
    }
}

impl<'de, S: DotStore + Deserialize<'de>> Deserialize<'de> for Causal<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let In { store, seen, foretold } = In::deserialize(deserializer)?;
        Self::from_parts(store, seen, foretold).map_err(de::Error::custom)
    }
}
