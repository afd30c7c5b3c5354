//! The form of the known writes alone, and after it, if there are halves, those: in human-readable
//! formats as a further entry, otherwise as further elements after one that has a replica without
//! runs, the first replica of the halves.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::CausalDigest;
use crate::causal_context::builder::Builder;
use crate::causal_context::wire::{Deltas, Entry, Pairs, RunList};
use crate::run::Runs;
use crate::{CausalContext, InvalidContext, ReplicaId};

/// The key of the halves among those of the replicas.
const HALVES: &str = "halves";

impl Serialize for CausalDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { known, halves } = self;
        if serializer.is_human_readable() {
            let len = known.entries().count() + usize::from(!halves.is_empty());
            let mut map = serializer.serialize_map(Some(len))?;
            for (replica, runs) in known.entries() {
                map.serialize_entry(&replica, &Pairs(runs))?;
            }
            if !halves.is_empty() {
                map.serialize_entry(HALVES, halves)?;
            }
            return map.end();
        }
        let first = halves.replicas().next();
        let len = known.entries().count() + usize::from(first.is_some()) + halves.entries().count();
        let mut seq = serializer.serialize_seq(Some(len))?;
        for (replica, runs) in known.entries() {
            seq.serialize_element(&(replica, Deltas(runs)))?;
        }
        if let Some(replica) = first {
            seq.serialize_element(&(replica, Deltas(Runs { prefix: 0, beyond: &[] })))?;
        }
        for (replica, runs) in halves.entries() {
            seq.serialize_element(&(replica, Deltas(runs)))?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for CausalDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_map(Digest)
        } else {
            deserializer.deserialize_seq(Digest)
        }
    }
}

struct Digest;

impl<'de> Visitor<'de> for Digest {
    type Value = CausalDigest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a causal digest, sorted by replica")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CausalDigest, A::Error> {
        let mut builder = Builder::default();
        let mut halves = None;
        while let Some(key) = map.next_key()? {
            if halves.is_some() {
                return Err(A::Error::custom("a causal digest goes on after its halves"));
            }
            match key {
                Key::Replica(replica) => {
                    let builder = &mut builder;
                    if map.next_value_seed(RunList { builder, replica, deltas: false })? {
                        return Err(invalid(InvalidContext::Empty { replica }));
                    }
                }
                Key::Halves => halves = Some(map.next_value()?),
            }
        }
        if halves.as_ref().is_some_and(CausalContext::is_empty) {
            return Err(A::Error::custom("a causal digest with empty halves"));
        }
        Ok(CausalDigest::new(builder.finish(), halves.unwrap_or_default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<CausalDigest, A::Error> {
        let (mut known, mut halves) = (Builder::default(), Builder::default());
        let mut first = None;
        loop {
            let builder = if first.is_some() { &mut halves } else { &mut known };
            match seq.next_element_seed(Entry { builder })? {
                None => break,
                Some(None) => {}
                Some(Some(replica)) if first.is_none() => first = Some(replica),
                Some(Some(replica)) => return Err(invalid(InvalidContext::Empty { replica })),
            }
        }
        let halves = halves.finish();
        if let Some(replica) = first
            && halves.replicas().next() != Some(replica)
        {
            return Err(invalid(InvalidContext::Empty { replica }));
        }
        Ok(CausalDigest::new(known.finish(), halves))
    }
}

fn invalid<E: Error>(error: InvalidContext) -> E {
    E::custom(format_args!("invalid causal digest: {error}"))
}

/// A key of the human-readable form.
enum Key {
    Replica(ReplicaId),
    Halves,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Key::Halves)
    }
}

impl Visitor<'_> for Key {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a replica id or `{HALVES}`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self, E> {
        if text == HALVES {
            return Ok(Self::Halves);
        }
        let replica =
            text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
        Ok(Self::Replica(replica))
    }
}
