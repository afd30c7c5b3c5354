//! The fields `store`, `known` and `halves`, which are a [digest](CausalDigest) without what is
//! early: what lives in the store and is not known is that.
//!
//! In human-readable formats there are instead `store` and `seen`, and then `foretold`, `early` and
//! `awaited` if they are not empty, as they nearly always are.

use rejoin_clocks::CausalDigest;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::diff::live_dots;
use super::live;
use crate::store::Journal;
use crate::wire::Readable;
use crate::{Causal, CausalContext, DotStore, InvalidCausal};

impl<S: DotStore + Serialize> Serialize for Causal<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        if serializer.is_human_readable() {
            return self.serialize_readable(serializer);
        }
        let mut halves = self.foretold.clone();
        halves.join(self.awaited());
        let mut fields = serializer.serialize_struct("Causal", 3)?;
        match &self.halves {
            Some(halves) if !halves.arrived.is_empty() => {
                let mut store = self.store.within(&self.context);
                let early = halves.early.within(&halves.arrived);
                store.join(&self.context, early, &halves.arrived, &mut Journal::new());
                fields.serialize_field("store", &store)?;
            }
            _ => fields.serialize_field("store", &self.store)?,
        }
        fields.serialize_field("known", &self.known())?;
        fields.serialize_field("halves", &halves)?;
        fields.end()
    }
}

impl<S: Serialize> Causal<S> {
    fn serialize_readable<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        let early = self.halves.as_ref().filter(|halves| !halves.arrived.is_empty());
        let rest = [("foretold", &self.foretold), ("awaited", self.awaited())];
        let rest = rest.into_iter().filter(|(_, dots)| !dots.is_empty());
        let count = 2 + rest.clone().count() + usize::from(early.is_some());
        let mut fields = serializer.serialize_struct("Causal", count)?;
        fields.serialize_field("store", &Readable(&self.store))?;
        fields.serialize_field("seen", &self.seen())?;
        for (name, dots) in rest {
            fields.serialize_field(name, dots)?;
        }
        if let Some(halves) = early {
            fields.serialize_field("early", &Readable(&halves.early))?;
        }
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(rename = "Causal", deny_unknown_fields)]
struct Fields<S> {
    store: S,
    seen: CausalContext,
    #[serde(default)]
    foretold: CausalContext,
    #[serde(default)]
    awaited: CausalContext,
    early: Option<S>,
}

#[derive(Deserialize)]
#[serde(rename = "Causal")]
struct Compact<S> {
    store: S,
    known: CausalContext,
    halves: CausalContext,
}

impl<'de, S: DotStore + Deserialize<'de>> Deserialize<'de> for Causal<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let causal = if deserializer.is_human_readable() {
            Fields::deserialize(deserializer)?.check()
        } else {
            Compact::deserialize(deserializer)?.check()
        };
        causal.map_err(de::Error::custom)
    }
}

impl<S: DotStore> Fields<S> {
    fn check(self) -> Result<Causal<S>, InvalidCausal> {
        let causal = Causal::from_parts(self.store, self.seen, self.foretold)?;
        let early = self.early.unwrap_or_default();
        live::check(&early, &CausalContext::new())?;
        let arrived = live_dots(&early);
        for (some, others) in [
            (&self.awaited, &causal.context),
            (&arrived, &causal.context),
            (&arrived, &self.awaited),
        ] {
            if let Some(dot) = first(&some.intersection(others)) {
                return Err(InvalidCausal::Contradicted(dot));
            }
        }
        Ok(causal.with_halves(early, arrived, self.awaited))
    }
}

impl<S: DotStore> Compact<S> {
    fn check(self) -> Result<Causal<S>, InvalidCausal> {
        let Self { mut store, known, halves } = self;
        let digest = CausalDigest::new(known, halves);
        let awaited = digest.awaited();
        let seen = digest.known().difference(&awaited);
        let foretold = digest.halves().difference(&awaited);
        let (mut early, mut arrived) = (S::default(), CausalContext::new());
        if live::check(&store, &seen)?.is_some() {
            let live = live_dots(&store);
            if let Some(dot) = first(&live.intersection(digest.halves())) {
                return Err(InvalidCausal::Contradicted(dot));
            }
            arrived = live.difference(&seen);
            if arrived == live {
                early = core::mem::take(&mut store);
            } else {
                early = store.within(&arrived);
                store = store.within(&seen);
            }
        }
        let mut context = seen;
        context.join(&foretold);
        Ok(Causal::of(store, context, foretold).with_halves(early, arrived, awaited))
    }
}

fn first(dots: &CausalContext) -> Option<crate::Dot> {
    let (replica, run) = dots.runs().next()?;
    crate::Dot::new(replica, *run.start())
}
